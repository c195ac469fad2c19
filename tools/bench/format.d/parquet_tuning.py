"""Which of Parquet's encodings serves each column best: all that the writer takes for the column's type are tried."""
import pyarrow as pa
import pyarrow.parquet as pq

ENCODINGS = ("PLAIN", "RLE", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT")
# A page a column and row group, as a block of ours has; and dictionaries as large as they become.
PAGES = {"data_page_version": "2.0", "data_page_size": 1 << 30, "dictionary_pagesize_limit": 1 << 30}


def options(sample, given):
    """More options for `pq.write_table`, found on a first row group."""
    pages = PAGES | {"max_rows_per_page": given["row_group_size"]}
    dictionary, encodings = [], {}
    for name in sample.column_names:
        column = sample.select([name])
        path, plain = _written(column, given, pages, use_dictionary=False)
        sizes = {"PLAIN": plain, None: _written(column, given, pages, use_dictionary=True)[1]}
        for encoding in ENCODINGS[1:]:
            try:
                sizes[encoding] = _written(column, given, pages, use_dictionary=False, column_encoding={path: encoding})[1]
            except (OSError, pa.ArrowException):
                pass  # not for this type
        best = min(sizes, key=sizes.get)
        if best is None:
            dictionary.append(path)
        else:
            encodings[path] = best
    return pages | {"use_dictionary": dictionary or False, "column_encoding": encodings or None}


def _written(column, given, pages, **options):
    """The leaf's path, and the bytes of a file with just this column."""
    sink = pa.BufferOutputStream()
    pq.write_table(column, sink, **given, **pages, **options)
    data = sink.getvalue()
    return pq.ParquetFile(data).schema.column(0).path, data.size
