//! The SSE hub: journal events out to browsers. Decides nothing.
