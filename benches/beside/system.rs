//! Systems in files of JSON lines, a line a node.

use serde::Deserialize;

/// A line of the file.
#[derive(Deserialize)]
pub struct Node {
    pub id: u32,
    pub entry: bool,
    pub needs: Vec<Need>,
}

/// So many of these must work.
#[derive(Deserialize)]
pub struct Need {
    pub k: u32,
    pub of: Vec<u32>,
}

/// The nodes of a file, or of a small system without one.
pub fn read(path: Option<&str>) -> anyhow::Result<Vec<Node>> {
    let Some(path) = path else { return Ok(layers(200)) };
    let text = std::fs::read_to_string(path)?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Layers of ten: each node needs one of two and two of three of the layer below, and those of the last layer but one each
/// other in a circle.
pub fn layers(nodes: u32) -> Vec<Node> {
    let node = |id: u32| {
        let below = |i: u32| (id / 10).wrapping_sub(1).wrapping_mul(10).wrapping_add((id * 7 + i * 3) % 10);
        let mut needs = Vec::new();
        if id >= 10 {
            needs.push(Need { k: 1, of: vec![below(0), below(1)] });
            needs.push(Need { k: 2, of: vec![below(2), below(3), below(5)] });
        }
        if (nodes.saturating_sub(20)..nodes.saturating_sub(10)).contains(&id) {
            needs.push(Need { k: 1, of: vec![id / 10 * 10 + (id + 1) % 10] });
        }
        Node { id, entry: id + 10 >= nodes, needs }
    };
    (0..nodes).map(node).collect()
}
