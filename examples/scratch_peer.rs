#[path = "../benches/otlp/peer_json.rs"]
mod peer_json;
fn main() {
    println!("{}", peer_json::parse(std::path::Path::new(&std::env::args().nth(1).unwrap())));
}
