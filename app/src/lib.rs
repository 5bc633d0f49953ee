//! The front end and its worker, as a library, so that both programs and the browser tests share it.
