//! The quiet period: after a detection only a stronger one is heard, until its echo has faded.
//!
//! Two echoes: one as loud as the detection that fades within about half the frame, and a faint one that
//! lasts for several frames, so that a series which often cries is heard less often.

use serde::{Deserialize, Serialize};

/// Rows after which the near echo has fallen to 1/e, as a part of the frame.
const NEAR: f64 = 0.5;
/// The same for the faint echo.
const FAR: f64 = 7.0;
/// How loud the faint echo is.
const FAINT: f64 = 0.2;

/// The echoes of what was heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Quiet {
    near: f64,
    far: f64,
    keep_near: f64,
    keep_far: f64,
}

impl Quiet {
    /// A listener for a frame of so many rows.
    pub(super) fn new(frame_rows: u32) -> Self {
        let rows = f64::from(frame_rows.max(1));
        Self {
            near: 0.0,
            far: 0.0,
            keep_near: libm::exp(-1.0 / (rows * NEAR)),
            keep_far: libm::exp(-1.0 / (rows * FAR)),
        }
    }

    /// A row has passed; tells the strength if it is heard, 0 otherwise.
    pub(super) fn hear(&mut self, strength: f64) -> f64 {
        self.near *= self.keep_near;
        self.far *= self.keep_far;
        if strength <= self.near.max(FAINT * self.far) {
            return 0.0;
        }
        self.near = self.near.max(strength);
        self.far = self.far.max(strength);
        strength
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hear_when_something_weaker_follows_then_is_quiet_and_when_stronger_then_speaks() {
        let mut quiet = Quiet::new(100);
        assert!(quiet.hear(2.0) > 0.0);
        assert!(quiet.hear(1.9) == 0.0 && quiet.hear(1.0) == 0.0);
        assert!(quiet.hear(2.5) > 0.0);
        for _ in 0..400 {
            quiet.hear(0.0);
        }
        assert!(quiet.hear(0.2) == 0.0, "the faint echo is still there");
        assert!(quiet.hear(1.0) > 0.0);
    }
}
