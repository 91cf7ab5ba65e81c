// sparse/buffer: memory that commits itself on first touch, as Python sees it.
#include <tuple>

#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/lease.hpp"
#include "native/sparse/growable.hpp"
#include "native/sparse/handler.hpp"

namespace ntpages {
namespace {

// A sparse range that is watched for as long as it lives, and never freed under anyone.
class SparseBuffer : public Exposed {
public:
    SparseBuffer(std::size_t size, std::size_t chunk, std::size_t ahead, std::size_t limit)
        : shape_{size, chunk, ahead, limit}, range_(std::make_unique<SparseRange>(shape_)) {
        watch(*range_);
    }
    ~SparseBuffer() { release(); }
    SparseBuffer(const SparseBuffer&) = delete;
    SparseBuffer& operator=(const SparseBuffer&) = delete;

    void close() {
        try {
            Lease::Alone alone(lease_);
            alone.close();
            release();
        } catch (const Closed&) {
            return;  // closing twice is harmless
        }
    }
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    [[nodiscard]] const SparseShape& shape() const noexcept { return shape_; }

    Lent lend(bool) {
        lease_.add_view();
        return {range_->data(), shape_.size, false};
    }
    void give_back() noexcept { lease_.drop_view(); }

    // Calls the range, which stays for as long as that takes. Throws Closed.
    template <typename Call>
    auto use(Call call) {
        const Lease::Use use(lease_);
        return call(*range_);
    }

private:
    void release() noexcept {
        if (range_ && !unwatch(*range_)) static_cast<void>(range_.release());
        range_.reset();
    }

    Lease lease_{"SparseBuffer"};
    const SparseShape shape_;
    std::unique_ptr<SparseRange> range_;
};

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

std::vector<std::tuple<std::size_t, std::size_t, bool>> runs(SparseBuffer& buffer) {
    std::vector<std::tuple<std::size_t, std::size_t, bool>> found;
    for (const auto& run : buffer.use([](SparseRange& range) { return range.runs(); })) {
        found.emplace_back(run.offset, run.size, run.committed);
    }
    return found;
}

}  // namespace

void bind_sparse(py::module_& module) {
    const auto peek = [](SparseBuffer& buffer, std::size_t offset, std::size_t size) {
        auto copy = py::bytes(nullptr, size);
        auto* const into = reinterpret_cast<std::byte*>(PyBytes_AS_STRING(copy.ptr()));
        const auto look = [&](SparseRange& range) { return range.peek(offset, {into, size}); };
        const auto there = [&] {
            const py::gil_scoped_release release;
            return buffer.use(look);
        }();
        return there ? py::object(std::move(copy)) : py::none();
    };
    py::class_<SparseBuffer>(module, "SparseBuffer", py::buffer_protocol(),
                             py::custom_type_setup(lend_bytes<SparseBuffer>),
                             py::release_gil_before_calling_cpp_dtor())
        .def(py::init<std::size_t, std::size_t, std::size_t, std::size_t>(), "size"_a, "chunk"_a,
             "ahead"_a, "limit"_a, ReleaseGil())
        .def_property_readonly("size", &shape_part<&SparseShape::size>,
                               "Bytes, as asked for. Stays when it is closed.")
        .def_property_readonly("chunk", &shape_part<&SparseShape::chunk>,
                               "Bytes that are committed and given back together.")
        .def_property_readonly("ahead", &shape_part<&SparseShape::ahead>,
                               "Bytes; the most that one touch commits where access is dense.")
        .def_property_readonly("_limit", &shape_part<&SparseShape::limit>)
        .def_property_readonly("address", of_range(&SparseRange::begin),
                               "Address of the first byte.\n\n"
                               "Raises:\n"
                               "    ValueError: The buffer is closed.")
        .def_property_readonly(
            "committed", of_range(&SparseRange::committed),
            "Bytes of the chunks that are committed now. The last one counts whole.\n\n"
            "Raises:\n"
            "    ValueError: The buffer is closed.")
        .def_property_readonly("faults", of_range(&SparseRange::faults),
                               "Touches so far that had to commit memory. A count.\n\n"
                               "Raises:\n"
                               "    ValueError: The buffer is closed.")
        .def_property_readonly("closed", &SparseBuffer::closed, "Whether the buffer is freed.")
        .def("commit", of_range(&SparseRange::commit), "offset"_a, "size"_a, ReleaseGil())
        .def("decommit", of_range(&SparseRange::decommit), "offset"_a, "size"_a, ReleaseGil())
        .def("trim", of_range(&SparseRange::trim), ReleaseGil())
        .def("_pin", of_range(&SparseRange::pin), "offset"_a, "size"_a, ReleaseGil())
        .def("_unpin", of_range(&SparseRange::unpin), "offset"_a, "size"_a, ReleaseGil())
        .def("_runs", &runs, ReleaseGil())
        .def("peek", peek, "offset"_a, "size"_a)
        .def("close", &SparseBuffer::close, ReleaseGil());
    bind_growable(module);
}

}  // namespace ntpages
