//! A stand-in for WhatsApp Web.
