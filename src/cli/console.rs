use crate::render::visible;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Where a run prints. Both streams are given text with colours and have to strip them where they are not wanted.
pub struct Console<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// Whether a person looks at standard output.
    pub terminal: bool,
    /// Print nothing but what was asked for.
    pub quiet: bool,
}

impl Console<'_> {
    /// Prints what was asked for.
    ///
    /// # Errors
    /// If standard output cannot be written to; a broken pipe is one of these.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Says why what was asked for was not done.
    pub fn error(&mut self, message: &str) {
        self.say("error", AnsiColor::Red, message);
    }

    /// Says what should not go unnoticed, unless nobody wants to hear it.
    pub fn warn(&mut self, message: &str) {
        if !self.quiet {
            self.say("warning", AnsiColor::Yellow, message);
        }
    }

    /// Tells how the work went, line by line, on standard error, unless nobody wants to hear it.
    pub fn tell(&mut self, text: &str) {
        if !self.quiet {
            // There is nowhere left to say that standard error is gone.
            let _ = self.err.write_all(text.as_bytes());
        }
    }

    /// Says something beside what was asked for, if somebody is there and wants to hear it.
    ///
    /// # Errors
    /// If standard output cannot be written to.
    pub fn remark(&mut self, message: &str) -> io::Result<()> {
        if self.terminal && !self.quiet { self.print(&format!("{}\n", visible(message))) } else { Ok(()) }
    }

    fn say(&mut self, label: &str, colour: AnsiColor, message: &str) {
        let style = Style::new().bold().fg_color(Some(colour.into()));
        let message: Vec<_> = message.lines().map(visible).collect();
        // There is nowhere left to say that standard error is gone.
        let _ = writeln!(self.err, "{style}{label}:{style:#} {}", message.join("\n"));
    }
}
