//! The Gateway's RPC, against a Gateway that does as it is told.

mod client;
mod websocket;
