// table/arrow: a table in the form that pyarrow, polars and pandas take without copying.
#pragma once

#include <cstdint>
#include <memory>

#include "native/table/table.hpp"

// Source: the Arrow C data and C stream interfaces, an ABI that does not change. The names are
// Arrow's own.
struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};

struct ArrowArray {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
    int (*get_next)(ArrowArrayStream*, ArrowArray* out);
    const char* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};

namespace ntpages {

// A struct array with one child per column. Labelled columns become dictionaries. The caller
// releases them, as Arrow asks; until then they keep the table's memory.
ArrowSchema arrow_schema(const Table& table);
ArrowArray arrow_array(const Table& table);
// A stream of one batch.
ArrowArrayStream arrow_stream(const Table& table);

}  // namespace ntpages
