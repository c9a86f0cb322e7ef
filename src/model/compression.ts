/** How a blob is compressed, of the ways that strata reads. */
export type Compression = 'none' | 'gzip' | 'zstd';
