//! The words that options take.

use super::format::Format;
use crate::analysis::paths::By;
use crate::analysis::scenario;
use crate::render::picture::Collapse;
use clap::ValueEnum;

/// Formats of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Text => Format::Text,
            ReportFormat::Json => Format::Json,
        }
    }
}

/// Formats of differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For comments and release notes
    Markdown,
    /// A page for browsers
    Html,
}

impl From<DiffFormat> for Format {
    fn from(format: DiffFormat) -> Self {
        match format {
            DiffFormat::Text => Format::Text,
            DiffFormat::Json => Format::Json,
            DiffFormat::Markdown => Format::Markdown,
            DiffFormat::Html => Format::Html,
        }
    }
}

/// Formats of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code scanning (SARIF 2.1.0)
    Sarif,
    /// For test reports
    Junit,
    /// For comments on pull requests and step summaries
    Markdown,
    /// A page for browsers
    Html,
    /// Annotations of GitHub Actions
    Github,
    /// Code Quality of GitLab
    Gitlab,
    /// For reviewdog
    Rdjsonl,
}

impl From<FindingsFormat> for Format {
    fn from(format: FindingsFormat) -> Self {
        match format {
            FindingsFormat::Text => Format::Text,
            FindingsFormat::Json => Format::Json,
            FindingsFormat::Sarif => Format::Sarif,
            FindingsFormat::Junit => Format::Junit,
            FindingsFormat::Markdown => Format::Markdown,
            FindingsFormat::Html => Format::Html,
            FindingsFormat::Github => Format::Github,
            FindingsFormat::Gitlab => Format::Gitlab,
            FindingsFormat::Rdjsonl => Format::Rdjsonl,
        }
    }
}

/// Formats of graphs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Graphviz
    #[default]
    Dot,
    /// For Markdown
    Mermaid,
    /// For programs
    Json,
    /// For people
    Text,
    /// The fault tree of an entry, for tools of reliability engineers
    OpenPsa,
}

impl From<GraphFormat> for Format {
    fn from(format: GraphFormat) -> Self {
        match format {
            GraphFormat::Dot => Format::Dot,
            GraphFormat::Mermaid => Format::Mermaid,
            GraphFormat::Json => Format::Json,
            GraphFormat::Text => Format::Text,
            GraphFormat::OpenPsa => Format::OpenPsa,
        }
    }
}

/// Kinds of fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// It is down
    #[default]
    Outage,
    /// It answers late, or never
    Latency,
    /// More load comes than it can take
    Overload,
    /// What it emits is wrong
    Corruption,
    /// It was changed for the worse, for all who use it at once
    Change,
}

impl From<Fault> for scenario::Fault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Outage => Self::Outage,
            Fault::Latency => Self::Latency,
            Fault::Overload => Self::Overload,
            Fault::Corruption => Self::Corruption,
            Fault::Change => Self::Change,
        }
    }
}

/// What makes a way of a failure the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PathBy {
    /// The likeliest
    Probability,
    /// The one with the most dependencies
    Length,
    /// The one along which calls multiply most
    Amplification,
}

impl From<PathBy> for By {
    fn from(by: PathBy) -> Self {
        match by {
            PathBy::Probability => By::Probability,
            PathBy::Length => By::Length,
            PathBy::Amplification => By::Amplification,
        }
    }
}

/// How much of a component fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FaultLevel {
    /// All of it
    #[default]
    Component,
    /// One instance
    Instance,
    /// The volume that it keeps its data on
    Volume,
    /// The machine that it runs on, if it is known
    Node,
    /// The zone that it runs in, if it is known
    Zone,
}

/// What becomes one box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CollapseBy {
    /// A namespace
    Namespace,
    /// What one owner owns
    Owner,
}

impl From<CollapseBy> for Collapse {
    fn from(by: CollapseBy) -> Self {
        match by {
            CollapseBy::Namespace => Collapse::Namespace,
            CollapseBy::Owner => Collapse::Owner,
        }
    }
}
