/// Compares with `suites/snapshots/<name>.snap`.
pub(crate) fn snapshot(name: &str, seen: impl AsRef<str>) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, seen.as_ref()));
}
