use crate::fix::Reason;
use crate::model::Model;
use crate::rule::downloads::{self, Download, Downloader};
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict, runs};
use crate::syntax::shell::edit;
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "insecure-download",
    summary: "curl or wget told not to check the server's certificate",
    severity: Severity::High,
    since: "0.1.0",
    page: include_str!("insecure_download.md"),
    aliases: &["cis:4.11"],
    check: Check::Dockerfile(check),
};

/// Options of curl that take the next word, or the rest of a joined word, from its manual page.
const CURL_LETTERS_WITH_VALUE: &str = "AbcCdDeEFHKmoPQrtTuUwxXyYz";
const CURL_NAMES_WITH_VALUE: &str = "\
    --cacert --capath --cert --cert-type --ciphers --config --connect-timeout --connect-to --cookie \
    --cookie-jar --data --data-ascii --data-binary --data-raw --data-urlencode --dump-header --form \
    --form-string --header --interface --json --key --key-type --limit-rate --max-filesize --max-redirs \
    --max-time --netrc-file --noproxy --output --output-dir --pass --proto --proto-default --proto-redir \
    --proxy --proxy-header --proxy-user --range --referer --request --resolve --retry --retry-delay \
    --retry-max-time --socks5 --socks5-hostname --time-cond --trace --unix-socket --upload-file --url \
    --user --user-agent --variable --write-out";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    let source = model.file.source;
    runs::runs(model, |instruction| {
        may_be_insecure(instruction.span.slice(source))
    })
    .flat_map(downloads::downloads)
    .filter(|download| !is_private(download))
    .filter_map(|download| {
        let options = insecure_options(&download);
        let first = download.site.command.words.get(options.first()?.word)?;
        let message = "the certificate of the server is not checked";
        let verdict = verdict(model, &download, &options);
        Some(Finding::of(&RULE, first.span, message, verdict))
    })
    .collect()
}

/// A look at the text, before the shell is read: a downloader, and an option that may turn the check off.
fn may_be_insecure(text: &str) -> bool {
    let is_option = |word: &str| {
        word == "--insecure"
            || word == "--no-check-certificate"
            || word.starts_with('-') && !word.starts_with("--") && word.contains('k')
    };
    downloads::NAMES.iter().any(|name| text.contains(name))
        && text.split_whitespace().any(is_option)
}

/// Whether all it downloads is from the machine itself or a private network.
fn is_private(download: &Download<'_>) -> bool {
    let mut addresses = download.addresses().peekable();
    addresses.peek().is_some()
        && addresses
            .all(|(_, address)| downloads::host(&address).is_some_and(downloads::is_private))
}

/// An option that switches the check off.
struct Insecure {
    /// The index of its word.
    word: usize,
    /// The byte of its letter, in a word that joins several options.
    letter: Option<usize>,
}

fn insecure_options(download: &Download<'_>) -> Vec<Insecure> {
    let mut found = Vec::new();
    let mut is_value = false;
    for (word, value) in download.arguments() {
        let option = value.value();
        if std::mem::take(&mut is_value) {
            continue;
        }
        let Some(option) = option else { continue };
        match (download.downloader, option.as_str()) {
            (Downloader::Wget, "--no-check-certificate") | (Downloader::Curl, "--insecure") => {
                found.push(Insecure { word, letter: None });
            }
            (Downloader::Wget, _) => {}
            (Downloader::Curl, option) if option.starts_with("--") => {
                is_value = CURL_NAMES_WITH_VALUE.split(' ').any(|name| name == option);
            }
            (Downloader::Curl, option) => {
                let joined = Joined::new(option);
                is_value = joined.takes_next;
                found.extend(joined.insecure.map(|letter| Insecure {
                    word,
                    letter: (joined.flags > 1).then_some(letter),
                }));
            }
        }
    }
    found
}

/// Short options of curl in one word: `-fsSk`, `-ko`.
#[derive(Default)]
struct Joined {
    /// How many options there are.
    flags: usize,
    /// The byte of the `k`.
    insecure: Option<usize>,
    /// Whether the value of the last one is the next word.
    takes_next: bool,
}

impl Joined {
    fn new(option: &str) -> Self {
        let mut joined = Self::default();
        let Some(letters) = option.strip_prefix('-') else {
            return joined;
        };
        for (at, letter) in letters.char_indices() {
            joined.flags += 1;
            if CURL_LETTERS_WITH_VALUE.contains(letter) {
                joined.takes_next = at + 1 == letters.len();
                break;
            }
            if letter == 'k' {
                joined.insecure = Some(at + 1);
            }
        }
        joined
    }
}

fn verdict(model: &Model<'_>, download: &Download<'_>, options: &[Insecure]) -> Verdict {
    let mut edits = Vec::new();
    for option in options {
        match removal(model, download, option) {
            Ok(span) => edits.push(Edit::delete(span)),
            Err(why) => return Verdict::held(Reason::at(download.site.command.span, why)),
        }
    }
    let why = "The build fails where the server's certificate is not signed by an authority that the image knows: look \
               for a missing ca-certificates package and for servers with certificates of your own.";
    Verdict::review("check the certificate of the server", why, edits)
}

fn removal(model: &Model<'_>, download: &Download<'_>, option: &Insecure) -> Result<Span, String> {
    let (script, source) = (download.run.script, model.file.source);
    let Some(letter) = option.letter else {
        let span = edit::delete_word(script, source, &download.site, option.word);
        return span.map_err(|refusal| refusal.to_string());
    };
    let word = download.site.command.words.get(option.word);
    let word = word.ok_or_else(|| "there is no such word".to_string())?;
    if download.site.is_in_substitution() {
        return Err("the command stands in a substitution".to_string());
    }
    if word.is_quoted() || word.is_split {
        return Err("the option is quoted or goes over two lines".to_string());
    }
    let start = word.span.start + letter;
    Ok(Span::new(start, start + 1))
}
