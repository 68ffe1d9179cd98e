//! The server: state, service, HTTP, control, jobs, clock, faults. Knows no suite.
