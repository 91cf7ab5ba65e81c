// table/binding: how a table and its columns reach Python.
#include "native/bind.hpp"
#include "native/table/arrow.hpp"
#include "native/table/table.hpp"

namespace ntpages {
namespace {

// Some rows of one column, as Python holds them. Slices are strides, so none is ever copied.
struct Column : Exposed {
    Column(Table whole, std::size_t at)
        : table(std::move(whole)), index(at), size(static_cast<Py_ssize_t>(table.size())) {}

    [[nodiscard]] const Field& field() const { return table.field(index); }
    [[nodiscard]] std::size_t row(Py_ssize_t at) const {
        return static_cast<std::size_t>(start + at * step);
    }
    [[nodiscard]] Column slice(Py_ssize_t from, Py_ssize_t count, Py_ssize_t by) const {
        auto result = *this;
        result.start = start + from * step;
        result.size = count;
        result.step = count > 1 ? step * by : 1;  // of one cell or none, any number may be given
        result.stride = result.step * width;
        return result;
    }

    Table table;
    std::size_t index;
    Py_ssize_t start = 0;
    Py_ssize_t size;
    Py_ssize_t step = 1;
    Py_ssize_t width = static_cast<Py_ssize_t>(width_of(field().kind));
    Py_ssize_t stride = width;  // bytes from one cell to the next, for a buffer's consumer
};

constexpr std::array kinds{
    std::pair{Kind::u8, "B"},  std::pair{Kind::u16, "H"},     std::pair{Kind::u32, "I"},
    std::pair{Kind::u64, "Q"}, std::pair{Kind::i32, "i"},     std::pair{Kind::i64, "q"},
    std::pair{Kind::f64, "d"}, std::pair{Kind::boolean, "?"},
};

const char* format_of(Kind kind) {
    for (const auto& [candidate, format] : kinds) {
        if (candidate == kind) return format;
    }
    return "";
}

// The kind whose cells are the items of this buffer.
Kind kind_of(const py::buffer_info& items) {
    auto format = items.format;
    if (format == "l") format = "i";  // long is 32 bits on Windows
    if (format == "L") format = "I";
    for (const auto& [kind, candidate] : kinds) {
        if (format == candidate) return kind;
    }
    throw py::type_error("no column holds items of format '" + items.format + "'");
}

// The items of a buffer of one dimension, which may have gaps.
py::buffer_info items_of(const py::handle& buffer) {
    auto items = py::reinterpret_borrow<py::buffer>(buffer).request();
    if (items.ndim != 1) throw py::value_error("a buffer of a column has one dimension");
    return items;
}

// Why a buffer of this column can't be had as asked for, or nullptr.
const char* refusal(const Column& column, int flags) {
    constexpr auto flat_only = PyBUF_C_CONTIGUOUS | PyBUF_F_CONTIGUOUS | PyBUF_ANY_CONTIGUOUS;
    const auto has = [flags](int flag) { return (flags & flag) == flag; };
    if (column.field().kind == Kind::text) return "is text, which has no buffer";
    if (column.field().kind == Kind::bytes) return "is bytes of any length, which have no buffer";
    if (has(PyBUF_WRITABLE)) return "is read-only";
    const auto gaps = column.step != 1 && column.size > 1;
    if (gaps && (!has(PyBUF_STRIDES) || (flags & flat_only & ~PyBUF_STRIDES) != 0)) {
        return "is a slice with gaps";
    }
    return nullptr;
}

void lend(Column& column, Py_buffer* view, int flags) {
    const auto has = [flags](int flag) { return (flags & flag) == flag; };
    const auto first = column.table.start() + column.row(0);
    view->buf =
        column.table.memory(column.index).cells + first * static_cast<std::size_t>(column.width);
    view->len = column.size * column.width;
    view->itemsize = column.width;
    view->readonly = 1;
    view->ndim = 1;
    view->format = has(PyBUF_FORMAT) ? const_cast<char*>(format_of(column.field().kind)) : nullptr;
    view->shape = has(PyBUF_ND) ? &column.size : nullptr;
    view->strides = has(PyBUF_STRIDES) ? &column.stride : nullptr;
    view->suboffsets = nullptr;
    view->internal = nullptr;
}

void lend_cells(PyHeapTypeObject* type) {
    type->ht_type.tp_as_buffer = &type->as_buffer;
    type->as_buffer.bf_getbuffer = [](PyObject* self, Py_buffer* view, int flags) -> int {
        view->obj = nullptr;
        try {
            auto& column = py::handle(self).cast<Column&>();
            if (const auto* reason = refusal(column, flags)) {
                PyErr_Format(PyExc_BufferError, "column '%s' %s", column.field().name, reason);
                return -1;
            }
            lend(column, view, flags);
        } catch (const py::type_error& never_made) {
            never_made.set_error();
            return -1;
        } catch (const std::exception& error) {
            PyErr_SetString(PyExc_BufferError, error.what());
            return -1;
        }
        view->obj = py::handle(self).inc_ref().ptr();
        return 0;
    };
}

py::object cell(const Table& table, std::size_t column, std::size_t row) {
    const auto& field = table.field(column);
    switch (field.kind) {
        case Kind::text: {
            const auto text = table.text(column, row);
            return py::str(text.data(), text.size());
        }
        case Kind::bytes: {
            const auto bytes = table.text(column, row);
            return py::bytes(bytes.data(), bytes.size());
        }
        case Kind::boolean:
            return py::bool_(table.cells<bool>(column)[row]);
        case Kind::u8:
            if (!field.labels.empty()) {
                return py::str(field.labels[table.cells<std::uint8_t>(column)[row]]);
            }
            [[fallthrough]];
        default:
            return with_cell(field.kind, [&](auto zero) -> py::object {
                return py::cast(table.cells<decltype(zero)>(column)[row]);
            });
    }
}

py::tuple row_at(const Table& table, std::size_t row) {
    py::tuple cells(table.width());
    for (std::size_t i = 0; i < table.width(); ++i) cells[i] = cell(table, i, row);
    return cells;
}

py::list cells_of(const Column& column, Py_ssize_t start, Py_ssize_t stop) {
    py::list cells(static_cast<std::size_t>(stop - start));
    for (auto at = start; at < stop; ++at) {
        cells[static_cast<std::size_t>(at - start)] =
            cell(column.table, column.index, column.row(at));
    }
    return cells;
}

// Where a mask is true: a buffer with a byte for each row.
std::vector<std::size_t> chosen(const py::buffer& mask, std::size_t rows) {
    const auto items = items_of(mask);
    if (static_cast<std::size_t>(items.size) != rows || items.itemsize != 1) {
        throw py::value_error("mask must have " + std::to_string(rows) +
                              " items, one for each row, not " + std::to_string(items.size));
    }
    std::vector<std::size_t> result;
    const auto* flag = static_cast<const std::byte*>(items.ptr);
    const py::gil_scoped_release released;
    for (std::size_t row = 0; row < rows; ++row, flag += items.strides[0]) {
        if (*flag != std::byte{}) result.push_back(row);
    }
    return result;
}

std::vector<std::size_t> positions(const py::iterable& indices, std::size_t rows) {
    std::vector<std::size_t> result;
    const auto size = static_cast<Py_ssize_t>(rows);
    for (const auto index : indices) {
        const auto row = PyNumber_AsSsize_t(index.ptr(), PyExc_IndexError);
        if (row == -1 && PyErr_Occurred()) throw py::error_already_set();
        if (row < -size || row >= size) {
            throw py::index_error("row " + std::to_string(row) + " of a table of " +
                                  std::to_string(rows));
        }
        result.push_back(static_cast<std::size_t>(row < 0 ? row + size : row));
    }
    return result;
}

Table gather(const Table& table, const std::vector<std::size_t>& rows) {
    const py::gil_scoped_release released;
    return table.take(rows);
}

// The UTF-8 that a str keeps of itself. UnicodeEncodeError for a lone surrogate.
std::string_view utf8_of(py::handle text) {
    Py_ssize_t size = 0;
    const auto* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
    if (!data) throw py::error_already_set();
    return {data, static_cast<std::size_t>(size)};
}

// The labels of a column, which all its cells must be indices into.
void label(Table::Source& source, const py::handle& labels, std::size_t rows) {
    for (const auto word : labels) source.labels.emplace_back(utf8_of(word));
    const auto beyond = [&](std::size_t row) {
        const auto* cell = source.cells + static_cast<std::ptrdiff_t>(row) * source.stride;
        return std::to_integer<std::size_t>(*cell) >= source.labels.size();
    };
    auto fits = source.kind == Kind::u8 && source.labels.size() <= max_labels;
    for (std::size_t row = 0; row < rows && fits; ++row) fits = !beyond(row);
    if (!fits) throw py::value_error("column '" + source.name + "' has cells without a label");
}

// A column of cells is text where it has none, unless it is said to be of bytes.
Table copied(const std::string& title, const py::dict& columns, const py::dict& labels,
             const py::set& of_bytes) {
    std::vector<Table::Source> sources;
    std::vector<py::buffer_info> buffers;
    std::vector<py::tuple> texts;  // what the sources point into, while the GIL is away
    std::size_t rows = 0;
    for (const auto& [name, values] : columns) {
        auto& source = sources.emplace_back(Table::Source{name.cast<std::string>()});
        std::size_t size = 0;
        if (py::isinstance<py::buffer>(values)) {
            const auto& items = buffers.emplace_back(items_of(values));
            source.kind = kind_of(items);
            source.cells = static_cast<const std::byte*>(items.ptr);
            source.stride = items.strides[0];
            size = static_cast<std::size_t>(items.size);
        } else {
            if (of_bytes.contains(name)) source.kind = Kind::bytes;
            for (const auto cell : texts.emplace_back(py::reinterpret_borrow<py::object>(values))) {
                const auto is_bytes = PyBytes_Check(cell.ptr()) != 0;
                if (is_bytes) source.kind = Kind::bytes;
                source.texts.push_back(is_bytes ? py::cast<std::string_view>(cell) : utf8_of(cell));
            }
            size = source.texts.size();
        }
        if (sources.size() > 1 && size != rows) {
            throw py::value_error("column '" + source.name + "' has " + std::to_string(size) +
                                  " items, those before it " + std::to_string(rows));
        }
        rows = size;
        if (labels.contains(name)) label(source, labels[name], rows);
    }
    const py::gil_scoped_release released;
    return Table::copy(title, sources, rows);
}

py::tuple names_of(const Table& table) {
    py::tuple names(table.width());
    for (std::size_t i = 0; i < table.width(); ++i) names[i] = py::str(table.field(i).name);
    return names;
}

py::tuple labels_of(const Column& column) {
    const auto labels = column.field().labels;
    py::tuple words(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) words[i] = py::str(labels[i]);
    return words;
}

struct Discard {
    template <typename Exported>
    void operator()(Exported* exported) const noexcept {
        const std::unique_ptr<Exported> owner(exported);
        if (exported->release) exported->release(exported);
    }
};

// Hands a C struct of the Arrow interface to whoever asks for it; freed here if nobody takes it.
template <typename Exported>
py::capsule capsule(const char* name, Exported (*make)(const Table&), const Table& table) {
    std::unique_ptr<Exported, Discard> exported(std::make_unique<Exported>(make(table)).release());
    py::capsule result(exported.get(), name, [](PyObject* self) {
        Discard{}(static_cast<Exported*>(PyCapsule_GetPointer(self, PyCapsule_GetName(self))));
    });
    exported.release();
    return result;
}

}  // namespace

void bind_table(py::module_& module) {
    // A leading underscore marks what ntpages.table builds on; the rest it inherits as it is.
    py::class_<Table>(module, "Table")
        .def(py::init<const Table&>(), "table"_a)
        .def(py::init(&copied), "title"_a, "columns"_a, "labels"_a = py::dict(),
             "of_bytes"_a = py::set())
        .def("__len__", &Table::size)
        .def_property_readonly("title", &Table::title, "What the rows are.")
        .def_property_readonly("names", &names_of,
                               "Names of the columns, in order: the attributes of each row.")
        .def("_column", [](const Table& table, std::size_t at) { return Column(table, at); })
        .def("_row", &row_at, "row"_a)
        .def("_slice", &Table::slice, "start"_a, "size"_a)
        .def(
            "take",
            [](const Table& table, const py::iterable& indices) {
                return gather(table, positions(indices, table.size()));
            },
            "indices"_a)
        .def(
            "where",
            [](const Table& table, const py::buffer& mask) {
                return gather(table, chosen(mask, table.size()));
            },
            "mask"_a)
        .def(
            "_sorted_by",
            [](const Table& table, std::size_t column, bool descending) {
                return table.take(table.order(column, descending));
            },
            "column"_a, "descending"_a, ReleaseGil())
        .def("_arrow_schema",
             [](const Table& table) { return capsule("arrow_schema", &arrow_schema, table); })
        .def("_arrow_array",
             [](const Table& table) { return capsule("arrow_array", &arrow_array, table); })
        .def("_arrow_stream", [](const Table& table) {
            return capsule("arrow_array_stream", &arrow_stream, table);
        });

    py::class_<Column>(module, "Column", py::custom_type_setup(&lend_cells))
        .def(py::init<const Column&>(), "column"_a)
        .def("__len__", [](const Column& column) { return column.size; })
        .def_property_readonly(
            "name", [](const Column& column) { return column.field().name; }, "Name of the column.")
        .def_property_readonly(
            "labels", &labels_of,
            "Words that its buffer holds the indices of; empty where it holds plain values.")
        .def_property_readonly(
            "_is_of_bytes", [](const Column& column) { return column.field().kind == Kind::bytes; })
        .def("_slice", &Column::slice, "start"_a, "size"_a, "step"_a)
        .def("_cells", &cells_of, "start"_a, "stop"_a);
}

}  // namespace ntpages
