use super::*;
use crate::store::testing::{Fixture, rule, tick};

fn put(rule: &Rule, expected: Expected) -> PutRule {
    PutRule {
        rule: rule.clone(),
        expected,
        actor: "ann".to_owned(),
    }
}

#[tokio::test]
async fn rule_when_saved_then_counts_versions_up_and_refuses_old_ones() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let rules = fixture.store.rules();
    let mut mine = rule("r", 60_000);
    let first = rules.put(put(&mine, Expected::Absent), 1).await?;
    assert_eq!(first.version, 1);
    let again = rules.put(put(&mine, Expected::Absent), 1).await;
    assert!(matches!(again, Err(StoreError::Exists(_))));
    let same = rules.put(put(&mine, Expected::Present(Some(1))), 2).await?;
    assert_eq!(same.version, 1, "an unchanged rule keeps its version");
    mine.unit = "ms".to_owned();
    let second = rules.put(put(&mine, Expected::Present(Some(1))), 3).await?;
    assert_eq!(second.version, 2);
    let record = rules.records(Some(&mine.id), 3).await?.remove(0);
    assert_eq!(
        (record.updated_by.as_str(), record.updated_at_ms),
        ("ann", 3)
    );
    let stale = rules.put(put(&mine, Expected::Present(Some(1))), 4).await;
    assert!(matches!(
        stale,
        Err(StoreError::VersionMismatch { actual: 2, .. })
    ));
    rules.delete(&mine.id, Some(2), "bob", 5).await?;
    assert!(rules.get(&mine.id).await?.is_none());
    let versions = rules.versions(&mine.id).await?;
    let told: Vec<_> = versions.iter().map(|v| (v.version, v.deleted)).collect();
    assert_eq!(told, [(3, true), (2, false), (1, false)]);
    let revived = rules.put(put(&mine, Expected::Absent), 6).await?;
    assert_eq!(revived.version, 4, "versions never count down");
    fixture.store.journal().verify_chain().await?;
    Ok(())
}

#[tokio::test]
async fn rule_when_provisioned_then_is_locked_and_disabled_with_the_file() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let rules = fixture.store.rules();
    let (one, two) = (rule("one", 60_000), rule("two", 60_000));
    let first = rules.provision(&[one.clone(), two.clone()], 1).await?;
    assert_eq!(first.saved.len(), 2);
    let again = rules.provision(&[one.clone(), two.clone()], 2).await?;
    assert_eq!(again, Provisioned::default());
    let edit = rules.put(put(&one, Expected::Present(None)), 3).await;
    assert!(matches!(edit, Err(StoreError::Provisioned(_))));
    let shorter = rules.provision(&[one], 4).await?;
    assert_eq!(shorter.disabled, std::slice::from_ref(&two.id));
    let stored = rules
        .get(&two.id)
        .await?
        .expect("the rule keeps its history");
    assert!(!stored.rule.enabled && stored.provisioned);
    Ok(())
}

#[tokio::test]
async fn rule_when_it_asks_something_else_then_forgets_its_points() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let mut mine = fixture.rule("r", 60_000).await?;
    fixture.store.commit_tick(tick(&mine, 1, 600_000)).await?;
    let rules = fixture.store.rules();
    mine.unit = "ms".to_owned();
    rules.put(put(&mine, Expected::Present(None)), 3).await?;
    assert!(rules.state(&mine.id).await?.is_some());
    mine.query = "other".to_owned();
    rules.put(put(&mine, Expected::Present(None)), 4).await?;
    assert_eq!(rules.state(&mine.id).await?, None);
    Ok(())
}
