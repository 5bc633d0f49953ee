//! What the page of notifications asks for.

use hindcast_shared::api::{
    ListPage, NotificationRecord, NotificationRoute, NotificationTest, PushDevices, PushDraft,
    PushTaken,
};

use super::{ApiError, address, get, post, read, speak};
use crate::json;

/// The ways to tell somebody, and how they are.
pub async fn list_notification_routes() -> Result<Vec<NotificationRoute>, ApiError> {
    let page: ListPage<NotificationRoute> = read(&get("notification-routes", &[]).await?)?;
    Ok(page.items)
}

/// Messages, newest first.
pub async fn list_notifications() -> Result<Vec<NotificationRecord>, ApiError> {
    let query = [("limit", "50")];
    let page: ListPage<NotificationRecord> = read(&get("notifications", &query).await?)?;
    Ok(page.items)
}

/// Tells a route that this is a test.
pub async fn test_route(name: &str) -> Result<NotificationTest, ApiError> {
    read(&post(&format!("notification-routes/{name}/test"), None).await?)
}

/// Sends one again that was given up.
pub async fn send_again(id: i64) -> Result<(), ApiError> {
    post(&format!("notifications/{id}/resend"), None)
        .await
        .map(|_| ())
}

/// The browsers that are told, and what one needs to become one of them.
pub async fn list_push_devices() -> Result<PushDevices, ApiError> {
    read(&get("push-devices", &[]).await?)
}

/// Has a browser told.
pub async fn take_browser(draft: &PushDraft) -> Result<PushTaken, ApiError> {
    read(&post("push-devices", Some(json::write(draft))).await?)
}

/// Lets a browser go.
pub async fn delete_browser(id: &str) -> Result<(), ApiError> {
    let path = address(&format!("push-devices/{id}"), &[]);
    speak("DELETE", &path, &[], None).await.map(|_| ())
}
