use linchpin::facts::traces::{Endpoint, Export, Options, ingest};
use std::io::Read;
fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let threads: usize = args.remove(0).parse().unwrap();
    let mode = args.remove(0);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let exports = args
        .iter()
        .map(|p| {
            let p2 = p.clone();
            Export {
                name: p.as_str().into(),
                open: Box::new(move || Ok(Box::new(std::fs::File::open(&p2)?) as Box<dyn Read + Send>)),
            }
        })
        .collect();
    let t = std::time::Instant::now();
    let out = ingest(exports, Options::default());
    let dt = t.elapsed();
    let rss = std::fs::read_to_string("/proc/self/status")
        .unwrap()
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap()
        .to_owned();
    eprintln!(
        "{:?} {rss} services {} edges {} spans {:?}",
        dt,
        out.summary.services.len(),
        out.summary.edges.len(),
        out.summary.spans
    );
    if mode == "lines" {
        out.summary.write(std::io::stdout().lock()).unwrap();
    }
    if mode == "text" {
        for (k, e) in &out.summary.edges {
            let t = e.total();
            let to = match &k.to {
                Endpoint::Service(s) => format!("{}/{}", s.namespace, s.name),
                Endpoint::Node(n) => n.id(),
            };
            println!(
                "{}/{} -> {to} {:?} calls {} err {} fail {} cont {} share {:.2} most {} retries {} rw {}/{} det {} skew {} p50 {:.2}ms",
                k.from.namespace,
                k.from.name,
                k.mode,
                t.calls,
                t.errors,
                t.failures,
                t.contained,
                t.requests as f64 / out.summary.requests(&k.from) as f64,
                t.most_calls,
                t.retries,
                t.reads,
                t.writes,
                t.detached,
                t.skewed,
                t.latency.quantile(0.5).unwrap_or(0.0) / 1e6
            );
        }
        for p in &out.inventory.problems {
            println!("PROBLEM {p}");
        }
        println!("{:?}\n{:?}", out.inventory.files, out.inventory.documents);
    }
}
