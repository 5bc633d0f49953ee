//! Runs of rules against a store on a temporary file, and a source whose values a test decides.
