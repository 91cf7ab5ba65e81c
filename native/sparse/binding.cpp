// sparse/binding: how buffers over sparse memory reach Python.
#include "docstrings/sparse.hpp"
#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/record.hpp"
#include "native/sparse/buffer.hpp"
#include "native/sparse/growable.hpp"

namespace ntpages {
namespace {

std::unique_ptr<SparseBuffer> make_sparse(std::size_t size, std::size_t chunk, std::size_t ahead,
                                          std::size_t limit) {
    const py::gil_scoped_release released;
    return std::make_unique<SparseBuffer>(SparseShape{size, chunk, ahead, limit});
}

// A method of the range, as one of the buffer.
template <typename Result, typename... Args>
auto of_range(Result (SparseRange::*method)(Args...)) {
    return [method](SparseBuffer& buffer, Args... args) {
        return buffer.use([&](SparseRange& range) { return (range.*method)(args...); });
    };
}
template <typename Result, typename... Args>
auto of_range(Result (SparseRange::*method)(Args...) const) {
    return [method](SparseBuffer& buffer, Args... args) {
        return buffer.use([&](SparseRange& range) { return (range.*method)(args...); });
    };
}

template <std::size_t SparseShape::* Part>
std::size_t shape_part(const SparseBuffer& buffer) {
    return buffer.shape().*Part;
}

py::object peek(SparseBuffer& buffer, std::size_t offset, std::size_t size) {
    auto copy = py::bytes(nullptr, size);
    auto* const into = reinterpret_cast<std::byte*>(PyBytes_AS_STRING(copy.ptr()));
    const auto look = [&](SparseRange& range) { return range.peek(offset, {into, size}); };
    const auto there = [&] {
        const py::gil_scoped_release released;
        return buffer.use(look);
    }();
    return there ? py::object(std::move(copy)) : py::none();
}

std::size_t append(GrowableBuffer& buffer, const py::object& data) {
    if (PyObject_CheckBuffer(data.ptr()) == 0) {
        throw py::type_error("data must be bytes or another buffer, not " + shown(data));
    }
    const Borrowed bytes(data);
    const py::gil_scoped_release released;
    return buffer.append(bytes.bytes());
}

// Bytes for the kernel to read and write, for as long as anybody has a view of them.
class SparsePart : public Exposed {
public:
    SparsePart(SparseBuffer& buffer, std::size_t offset, std::size_t size)
        : buffer_(buffer), offset_(offset), size_(size) {}

    Lent lend(bool) {
        const py::gil_scoped_release released;  // it may have to commit, and to wait for a trim
        return buffer_.lend_pinned(offset_, size_);
    }
    void give_back() noexcept {
        const py::gil_scoped_release released;
        buffer_.give_back_pinned(offset_, size_);
    }

private:
    SparseBuffer& buffer_;
    const std::size_t offset_;
    const std::size_t size_;
};

void bind_buffer(py::module_& module) {
    py::class_<SparseBuffer>(module, "SparseBuffer", py::buffer_protocol(),
                             py::custom_type_setup(lend_bytes<SparseBuffer>),
                             py::release_gil_before_calling_cpp_dtor())
        .def(py::init(&make_sparse), "size"_a, "chunk"_a, "ahead"_a, "limit"_a)
        .def_property_readonly("size", &shape_part<&SparseShape::size>, docs::SparseBuffer::size)
        .def_property_readonly("chunk", &shape_part<&SparseShape::chunk>, docs::SparseBuffer::chunk)
        .def_property_readonly("ahead", &shape_part<&SparseShape::ahead>, docs::SparseBuffer::ahead)
        .def_property_readonly("_limit", &shape_part<&SparseShape::limit>)
        .def_property_readonly("address", of_range(&SparseRange::begin),
                               docs::SparseBuffer::address)
        .def_property_readonly("committed", of_range(&SparseRange::committed),
                               docs::SparseBuffer::committed)
        .def_property_readonly("faults", of_range(&SparseRange::faults), docs::SparseBuffer::faults)
        .def_property_readonly("closed", &SparseBuffer::closed, docs::SparseBuffer::closed)
        .def("commit", of_range(&SparseRange::commit), "offset"_a, "size"_a, ReleaseGil())
        .def("decommit", of_range(&SparseRange::decommit), "offset"_a, "size"_a, ReleaseGil())
        .def("trim", of_range(&SparseRange::trim), ReleaseGil(), docs::SparseBuffer::trim)
        .def("spans", of_range(&SparseRange::spans), ReleaseGil(), docs::SparseBuffer::spans)
        .def("peek", &peek, "offset"_a, "size"_a)
        .def("close", &SparseBuffer::close, ReleaseGil(), docs::SparseBuffer::close);
    py::class_<SparsePart>(module, "SparsePart", py::custom_type_setup(&lend_part_of<SparsePart>))
        .def(py::init<SparseBuffer&, std::size_t, std::size_t>(), "buffer"_a, "offset"_a, "size"_a,
             py::keep_alive<1, 2>());
}

void bind_growable(py::module_& module) {
    py::class_<GrowableBuffer>(module, "GrowableBuffer", py::buffer_protocol(),
                               py::custom_type_setup(lend_bytes<GrowableBuffer>),
                               py::release_gil_before_calling_cpp_dtor())
        .def(py::init<std::size_t>(), "maximum"_a, ReleaseGil())
        .def("__len__", &GrowableBuffer::size)
        .def_property_readonly("address", &GrowableBuffer::address, docs::GrowableBuffer::address)
        .def_property_readonly("maximum", &GrowableBuffer::maximum, docs::GrowableBuffer::maximum)
        .def_property_readonly("committed", &GrowableBuffer::committed,
                               docs::GrowableBuffer::committed)
        .def_property_readonly("closed", &GrowableBuffer::closed, docs::GrowableBuffer::closed)
        .def("append", &append, "data"_a, docs::GrowableBuffer::append)
        .def("extend", &GrowableBuffer::extend, "size"_a, ReleaseGil())
        .def("truncate", &GrowableBuffer::truncate, "size"_a, ReleaseGil())
        .def("close", &GrowableBuffer::close, ReleaseGil(), docs::GrowableBuffer::close);
}

}  // namespace

void bind_sparse(py::module_& module) {
    bind_record<Span>(module, "Span", docs::Span::self, field(docs::Span::offset, &Span::offset),
                      field(docs::Span::size, &Span::size),
                      field(docs::Span::committed, &Span::committed));
    bind_buffer(module);
    bind_growable(module);
}

}  // namespace ntpages
