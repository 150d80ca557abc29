//! Whether a picture is XML, as far as pictures of ours use it: elements, attributes, five entities.

/// What the elements hold, a line for each row of the screen; cells that are left out are spaces.
pub fn text(picture: &str) -> Result<String, String> {
    let (mut open, mut text, mut rest) = (Vec::new(), String::new(), picture);
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(&plain(before)?);
        let (tag, after) = tag.split_once('>').ok_or("a tag without an end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let begun: &str = open.pop().ok_or_else(|| format!("</{name}> without a beginning"))?;
            if begun != name {
                return Err(format!("<{begun}> ends as </{name}>"));
            }
            if name != "tspan" {
                text.push('\n');
            }
            continue;
        }
        let (tag, alone) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(format!("<{tag}> is no element"));
        }
        if attributes.matches('"').count() % 2 != 0 || attributes.contains('&') {
            return Err(format!("<{tag}> has odd attributes"));
        }
        if !alone {
            open.push(name);
        }
    }
    match open.pop() {
        Some(name) => Err(format!("<{name}> has no end")),
        None if !rest.trim().is_empty() => Err(format!("text at the end: {rest}")),
        None => Ok(text),
    }
}

fn plain(text: &str) -> Result<String, String> {
    if text.contains('>') {
        return Err(format!("a bare > in {text:?}"));
    }
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or_else(|| format!("a bare & in {text:?}"))?;
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            _ => return Err(format!("&{entity}; is not known")),
        });
        plain.push_str(rest);
    }
    Ok(plain)
}

#[test]
fn what_is_no_xml_is_found() {
    for wrong in
        ["<svg>", "<svg></text>", "<svg>&</svg>", "<svg>&eacute;</svg>", "</svg>", "<a b=\"></a>", "<a>b"]
    {
        assert!(text(wrong).is_err(), "{wrong}");
    }
    assert_eq!(text("<text><tspan x=\"1\">a&lt;</tspan>b</text>").unwrap(), "a<b\n");
}
