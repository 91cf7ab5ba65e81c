// write_watch/dirty: the pages of a region that were written, and how they and snapshots reach
// Python.
#include "native/write_watch/dirty.hpp"

#include <stdexcept>

#include "native/bind.hpp"
#include "native/table/table.hpp"
#include "native/write_watch/snapshots.hpp"

namespace ntpages {

void require_watched(const Region& region) {
    if (!region.write_watched()) {
        throw std::invalid_argument("the region was not made with write_watch=True");
    }
}

namespace {

constexpr Field columns[] = {{"offset", Kind::u64}};

Table dirty(Region& region, std::size_t offset, std::size_t size, bool reset) {
    const auto use = region.use();
    require_watched(region);
    const auto range = region.checked({offset, size});
    // Room for every page at once: what the system has forgotten must not be lost for want of it.
    Rows<columns> rows(range.size / page_size);
    rows.check_memory("dirty pages");
    if (reset) {
        region.forbid_if_followed();
        region.forget_writes();
    }
    each_written(region, range, reset, [&](std::size_t page) { rows.append(page); });
    rows.shrink();
    return rows.finish("dirty pages");
}

Table changed(Snapshots& snapshots, std::size_t number) {
    Rows<columns> rows;
    snapshots.each_change(number, [&](std::size_t page) { rows.append(page * page_size); });
    return rows.finish("changed pages");
}

}  // namespace

void bind_write_watch(py::module_& module) {
    module.def("dirty", &dirty, "region"_a, "offset"_a, "size"_a, "reset"_a, ReleaseGil());

    py::class_<Snapshots>(module, "Snapshots", py::release_gil_before_calling_cpp_dtor())
        .def(py::init<Region&>(), "region"_a, py::keep_alive<1, 2>(), ReleaseGil())
        .def("__len__", &Snapshots::size, ReleaseGil())
        .def_property_readonly(
            "current", py::cpp_function(&Snapshots::current, ReleaseGil()),
            "Number of the snapshot that the next one will follow, or ``None``. Stays when closed.")
        .def_property_readonly("stored", py::cpp_function(&Snapshots::stored, ReleaseGil()),
                               "Bytes of contents that the snapshots keep. 0 once they are closed.")
        .def_property_readonly("closed", &Snapshots::closed, "Whether they let go of the region.")
        .def("take", &Snapshots::take, ReleaseGil())
        .def("_restore", &Snapshots::restore, "number"_a, ReleaseGil())
        .def("_forget", &Snapshots::forget, "number"_a, ReleaseGil())
        .def("_numbers", &Snapshots::numbers, ReleaseGil())
        .def("_changed", &changed, "number"_a, ReleaseGil())
        .def("close", &Snapshots::close, ReleaseGil(),
             "Forget all snapshots, and let go of the region. Closing twice is harmless.");
}

}  // namespace ntpages
