//! Promise: `--web.config.file` is what it is to every exporter of Prometheus, and where it is not the table says why.

mod asked;
mod cases;
mod certificates;
mod changes;
mod handshakes;
mod openssl;
mod operation;
mod scraped;
mod table;
