use harden::{engine, fix::Safety, profile::library};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let profile = library::resolve(&args[1], &|n| Err(format!("no {n}"))).unwrap();
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let list = args.len() > 3 || std::path::Path::new(&args[2]).is_dir();
    let files: Vec<_> = if list { walk(&args[2..]) } else { vec![args[2].clone().into()] };
    let mut changed = 0;
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let plan = engine::Plan { profiles: vec![&profile], rules: vec![], minimum: Safety::Review, target: None };
        let out = engine::harden(&text, &plan, library::facts());
        if !list {
            println!("{}", out.text);
            eprintln!("{:#?}", out.applied);
            eprintln!("{:#?}", out.open);
            eprintln!("{:?}", out.errors);
        } else {
            if out.is_changed() { changed += 1; println!("CHANGED {}", path.display()); }
            for e in &out.errors { println!("ERR {} {}", path.display(), e.message); }
            for o in &out.open { if let engine::OpenKind::Held(rs) = &o.kind { for r in rs { println!("HELD {:?} {} {}", o.severity, path.display(), r.text); *counts.entry(r.text.chars().take(60).collect()).or_default() += 1; } } }
        }
    }
    if list { let mut c: Vec<_> = counts.into_iter().collect(); c.sort_by_key(|x| x.1); for (k, n) in c { eprintln!("{n} {k}"); } eprintln!("changed {changed}"); }
}
fn walk(roots: &[String]) -> Vec<std::path::PathBuf> {
    let mut v = vec![]; let mut st: Vec<std::path::PathBuf> = roots.iter().map(Into::into).collect();
    while let Some(p) = st.pop() { if p.is_dir() { for e in std::fs::read_dir(p).unwrap() { st.push(e.unwrap().path()); } } else { v.push(p); } }
    v.sort(); v
}
