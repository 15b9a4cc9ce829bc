//! The binary as its users meet it: started as a process, judged by its exit code and its two streams.

#[cfg(test)]
mod advisories;
#[cfg(test)]
mod content;
#[cfg(test)]
mod database;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod fetching;
#[cfg(test)]
mod honest;
mod hostile_archive;
#[cfg(test)]
mod hostile_document;
#[cfg(test)]
mod hostile_file;
#[cfg(test)]
mod hostile_layer;
#[cfg(test)]
mod hostile_registry;
#[cfg(test)]
mod image_edge;
#[cfg(test)]
mod layer;
#[cfg(test)]
mod live;
#[cfg(test)]
mod output;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod service;
#[cfg(test)]
mod source;
