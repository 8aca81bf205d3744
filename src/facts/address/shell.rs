//! Just enough of the shell's grammar to see which words belong to one command.

/// The simple commands of a script, each as its words: quotes and backslashes resolved, comments dropped, split at
/// `;`, `&`, `|`, newlines, parentheses and backquotes. `$(NAME)` and `${…}` stay parts of their word.
pub(super) fn commands(script: &str) -> Vec<Vec<String>> {
    let mut lexer = Lexer { commands: Vec::new(), words: Vec::new(), word: None };
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\\' => match after.chars().next() {
                Some('\n') => &after[1..],
                Some('\r') if after.starts_with("\r\n") => &after[2..],
                Some(escaped) => {
                    lexer.push(escaped);
                    &after[escaped.len_utf8()..]
                }
                None => after,
            },
            '\'' => {
                let end = after.find('\'').unwrap_or(after.len());
                lexer.push_text(&after[..end]);
                after.get(end + 1..).unwrap_or_default()
            }
            '"' => lexer.double_quoted(after),
            '#' if lexer.word.is_none() => &after[after.find('\n').unwrap_or(after.len())..],
            '$' => match variable(rest) {
                Some(end) => {
                    lexer.push_text(&rest[..end]);
                    &rest[end..]
                }
                None if after.starts_with('(') => {
                    lexer.end_command();
                    &after[1..]
                }
                None => {
                    lexer.push('$');
                    after
                }
            },
            '\n' | ';' | '&' | '|' | '(' | ')' | '`' => {
                lexer.end_command();
                after
            }
            '<' | '>' => {
                lexer.end_word();
                after
            }
            c if c.is_whitespace() => {
                lexer.end_word();
                after
            }
            c => {
                lexer.push(c);
                after
            }
        };
    }
    lexer.end_command();
    lexer.commands
}

struct Lexer {
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
}

impl Lexer {
    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn push_text(&mut self, text: &str) {
        self.word.get_or_insert_default().push_str(text);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.words));
        }
    }

    /// Inside double quotes only the closing quote and backslashes count.
    fn double_quoted<'a>(&mut self, text: &'a str) -> &'a str {
        self.word.get_or_insert_default();
        let mut escaped = false;
        for (i, c) in text.char_indices() {
            match c {
                c if escaped => {
                    self.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => return &text[i + 1..],
                c => self.push(c),
            }
        }
        ""
    }
}

/// Length of a variable at the start of `text`: `${…}`, or `$(NAME)` as Kubernetes writes it.
fn variable(text: &str) -> Option<usize> {
    const LONGEST: usize = 256;
    if text.starts_with("${") {
        return text.bytes().take(LONGEST).position(|b| b == b'}').map(|end| end + 1);
    }
    let name = text.strip_prefix("$(")?;
    let end = name.bytes().take(LONGEST).position(|b| !(b.is_ascii_alphanumeric() || b == b'_'))?;
    (end > 0 && name[end..].starts_with(')')).then_some(end + 3)
}
