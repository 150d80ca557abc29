//! Rules, decisions and time.
