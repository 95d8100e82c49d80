//! What the library does to its process: the threads and descriptors that publisher and server take and give back.

mod publishing;
mod serving;
