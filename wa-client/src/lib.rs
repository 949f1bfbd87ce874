//! Link a WhatsApp account and use it.
