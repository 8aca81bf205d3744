/// An element with its attributes and the elements in it. Text is left out.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The root element of a document. Enough XML for trees that programs wrote.
pub fn parse(text: &str) -> Result<Element, String> {
    let mut open = vec![Element::default()];
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        let length = rest.find(end).ok_or("a tag without an end")? + end.len();
        let (tag, after) = rest.split_at(length);
        rest = after;
        if tag.starts_with("<!") || tag.starts_with("<?") {
            continue;
        }
        if let Some(name) = tag.strip_prefix("</") {
            let closed = open.pop().filter(|e| name.trim_end_matches('>').trim() == e.name);
            let parent = open.last_mut().ok_or("an end without a start")?;
            parent.children.push(closed.ok_or_else(|| format!("{tag} ends something else"))?);
            continue;
        }
        let element = start_tag(tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/'))?;
        if tag.ends_with("/>") {
            open.last_mut().ok_or("an element outside")?.children.push(element);
        } else {
            open.push(element);
        }
    }
    match (open.pop().map(|document| document.children), open.is_empty()) {
        (Some(mut roots), true) if roots.len() == 1 => Ok(roots.remove(0)),
        _ => Err("not one whole element".to_owned()),
    }
}

fn start_tag(tag: &str) -> Result<Element, String> {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    while let Some((key, after)) = rest.split_once('=') {
        let quote = after.trim_start().chars().next().ok_or("an attribute without a value")?;
        let mut parts = after.splitn(3, quote);
        let value = parts.nth(1).ok_or("a value without an end")?;
        element.attributes.push((key.trim().to_owned(), value.to_owned()));
        rest = parts.next().unwrap_or("");
    }
    Ok(element)
}
