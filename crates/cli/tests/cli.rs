//! The binary as its users meet it: started as a process, judged by its exit code and its two streams.

#[cfg(test)]
mod cli {
    mod advisories;
    mod content;
    mod database;
    mod explain;
    mod fetching;
    mod hostile_archive;
    mod hostile_document;
    mod hostile_file;
    mod hostile_layer;
    mod hostile_registry;
    mod layer;
    mod live;
    mod output;
    mod policy;
    mod sandbox;
    mod service;
    mod source;
}
