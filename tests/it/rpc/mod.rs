//! The Gateway's RPC, against a Gateway that does as it is told.

mod websocket;
