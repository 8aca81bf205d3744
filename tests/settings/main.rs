//! What each platform's settings come to on the edges and components of the graph, one row for each way to write one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod backstage;
mod capacity;
mod cloud;
mod cluster;
mod dapr;
mod eventing;
mod gateway_api;
mod gateways;
mod grpc;
mod istio;
mod lifecycle;
mod meshes;
mod mistakes;
mod operators;
mod proxies;
mod redundancy;
mod rows;
mod spring;
mod tree;
