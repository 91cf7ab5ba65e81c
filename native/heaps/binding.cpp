// heaps/binding: how heaps, and what is found in them, reach Python. Blocks: see block_binding.
#include "docstrings/heaps/global_memory.hpp"
#include "docstrings/heaps/heap.hpp"
#include "docstrings/heaps/pool.hpp"
#include "docstrings/heaps/remote.hpp"
#include "docstrings/heaps/sums.hpp"
#include "docstrings/heaps/walk.hpp"
#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/heaps/block_binding.hpp"
#include "native/heaps/global_memory.hpp"
#include "native/heaps/heap.hpp"
#include "native/heaps/pool.hpp"
#include "native/heaps/remote.hpp"
#include "native/heaps/snapshot.hpp"
#include "native/heaps/sums.hpp"
#include "native/heaps/walk.hpp"
#include "native/record.hpp"

namespace ntpages {
namespace {

using HeapClass = py::class_<Heap, std::shared_ptr<Heap>>;
using PoolClass = py::class_<Pool, std::shared_ptr<Pool>>;

// Python's blocks are no objects of pybind11.
template <typename Result, typename... Args>
auto on_block(Result (Heap::*method)(Block&, Args...)) {
    return [method](Heap& heap, const py::object& object, Args... args) {
        auto& block = block_of(object);
        const py::gil_scoped_release released;
        return (heap.*method)(block, args...);
    };
}

std::shared_ptr<Heap> create(std::size_t initial, std::size_t maximum, bool serialize,
                             bool executable) {
    return Heap::create(initial, maximum, serialize, executable);
}

void bind_enums(py::module_& module) {
    py::native_enum<HeapKind>(module, "HeapKind", "enum.Enum", docs::HeapKind::self)
        .value("NT", HeapKind::nt)
        .value("LOW_FRAGMENTATION", HeapKind::low_fragmentation)
        .value("SEGMENT", HeapKind::segment)
        .finalize();
    py::native_enum<heap_entry::Flag>(module, "EntryFlag", "enum.IntFlag", docs::EntryFlag::self)
        .value("BUSY", heap_entry::busy)
        .value("SEGMENT", heap_entry::segment)
        .value("SETTABLE", heap_entry::settable)
        .value("MOVABLE", heap_entry::movable)
        .value("DDE_SHARE", heap_entry::dde_share)
        .value("UNCOMMITTED", heap_entry::uncommitted)
        .value("NO_ACCESS", heap_entry::no_access)
        .value("LARGE", heap_entry::large)
        .value("LOW_FRAGMENTATION", heap_entry::low_fragmentation)
        .finalize();
    py::native_enum<heap_flag::Flag>(module, "HeapFlag", "enum.IntFlag", docs::HeapFlag::self)
        .value("NO_SERIALIZE", heap_flag::no_serialize)
        .value("GROWABLE", heap_flag::growable)
        .value("GENERATE_EXCEPTIONS", heap_flag::generate_exceptions)
        .value("ZERO_MEMORY", heap_flag::zero_memory)
        .value("REALLOC_IN_PLACE_ONLY", heap_flag::realloc_in_place_only)
        .value("TAIL_CHECKING", heap_flag::tail_checking)
        .value("FREE_CHECKING", heap_flag::free_checking)
        .value("DISABLE_COALESCING", heap_flag::disable_coalescing)
        .value("SEGMENT_HEAP", heap_flag::segment_heap)
        .value("PRIVATE", heap_flag::private_class)
        .value("ALIGN_16", heap_flag::align_16)
        .value("TRACING", heap_flag::tracing)
        .value("EXECUTABLE", heap_flag::executable)
        .value("PAGE_ALLOCATIONS", heap_flag::page_allocations)
        .value("CAPTURE_STACKS", heap_flag::capture_stacks)
        .value("SKIP_VALIDATION", heap_flag::skip_validation)
        .value("VALIDATE_ALL", heap_flag::validate_all)
        .value("VALIDATE_PARAMETERS", heap_flag::validate_parameters)
        .finalize();
    py::native_enum<HeapMethod>(module, "HeapMethod", "enum.Enum")
        .value("QUERY", HeapMethod::query)
        .value("TOOLHELP", HeapMethod::toolhelp)
        .finalize();
}

void bind_heap(HeapClass& heap) {
    heap.def(py::init(&create), "initial"_a, "maximum"_a, "serialize"_a, "executable"_a,
             ReleaseGil())
        .def(py::init(&Heap::find), "address"_a, ReleaseGil())
        .def_property_readonly("address", &Heap::address, docs::Heap::address)
        .def_property_readonly("blocks", &Heap::blocks, docs::Heap::blocks)
        .def_property_readonly(
            "owned", [](const Heap& self) { return self.origin() == Origin::ours; },
            docs::Heap::owned)
        .def_property_readonly(
            "closed", [](const Heap& self) { return self.gate.is_shut(); }, docs::Heap::closed)
        .def_property_readonly(
            "_key", [](const Heap& self) { return reinterpret_cast<std::uintptr_t>(&self); })
        .def("close", &Heap::close, ReleaseGil())
        .def("free", on_block(&Heap::free), "block"_a)
        .def("size", on_block(&Heap::size), "block"_a)
        .def("_reallocate", on_block(&Heap::reallocate), "block"_a, "size"_a, "zero"_a,
             "in_place"_a)
        .def("_validate", py::overload_cast<>(&Heap::validate), ReleaseGil())
        .def("_validate", on_block(py::overload_cast<Block&>(&Heap::validate)), "block"_a)
        .def("compact", &Heap::compact, ReleaseGil())
        .def("use_low_fragmentation", &Heap::use_low_fragmentation, ReleaseGil())
        .def("optimize", &Heap::optimize, ReleaseGil())
        .def("_kind", &Heap::kind, ReleaseGil());
}

void bind_pool(PoolClass& pool) {
    pool.def(py::init<std::size_t, std::size_t, std::size_t>(), "item_size"_a, "initial"_a,
             "maximum"_a)
        .def_property_readonly("initial", &Pool::initial, docs::Pool::initial)
        .def_property_readonly("maximum", &Pool::maximum, docs::Pool::maximum)
        .def_property_readonly("item_size", &Pool::item_size, docs::Pool::item_size)
        .def_property_readonly("closed", &Pool::closed, docs::Pool::closed)
        .def("__len__", &Pool::items)
        .def("close", &Pool::close, ReleaseGil());
}

void bind_sums(py::module_& module) {
    bind_record<HeapSummary>(module, "HeapSummary", docs::HeapSummary::self,
                             field(docs::HeapSummary::allocated, &HeapSummary::allocated),
                             field(docs::HeapSummary::committed, &HeapSummary::committed),
                             field(docs::HeapSummary::reserved, &HeapSummary::reserved),
                             field(docs::HeapSummary::limit, &HeapSummary::limit),
                             field(docs::HeapSummary::source, &HeapSummary::source));
    bind_record<Fragmentation>(
        module, "Fragmentation", docs::Fragmentation::self,
        field(docs::Fragmentation::busy_blocks, &Fragmentation::busy_blocks),
        field(docs::Fragmentation::busy, &Fragmentation::busy),
        field(docs::Fragmentation::free_blocks, &Fragmentation::free_blocks),
        field(docs::Fragmentation::free, &Fragmentation::free),
        field(docs::Fragmentation::largest_free, &Fragmentation::largest_free),
        field(docs::Fragmentation::uncommitted, &Fragmentation::uncommitted))
        .def_property_readonly("ratio", &Fragmentation::ratio, docs::Fragmentation::ratio);
    module.def("walk_heap", &walk_heap, "heap"_a, ReleaseGil());
    module.def("walk_heap_in_detail", &walk_heap_in_detail, "heap"_a, ReleaseGil());
    module.def("count_heap", &count_heap, "heap"_a, ReleaseGil());
    module.def("sum_heap", &sum_heap, "heap"_a, ReleaseGil());
    module.def("summarize_heap", &summarize_heap, "heap"_a, ReleaseGil());
    module.def("count_entries", &count_entries, "table"_a, ReleaseGil());
    module.def("sum_entries", &sum_entries, "table"_a, ReleaseGil());
    module.def("compare_entries", &compare_entries, "before"_a, "after"_a, ReleaseGil());
}

void bind_remote(py::module_& module) {
    bind_record<ProcessHeap>(module, "ProcessHeap", docs::ProcessHeap::self,
                             field(docs::ProcessHeap::address, &ProcessHeap::address),
                             field(docs::ProcessHeap::kind, &ProcessHeap::kind),
                             field(docs::ProcessHeap::flags, &ProcessHeap::flags),
                             field(docs::ProcessHeap::allocated, &ProcessHeap::allocated),
                             field(docs::ProcessHeap::committed, &ProcessHeap::committed),
                             field(docs::ProcessHeap::blocks, &ProcessHeap::blocks));
    py::class_<HeapQuery>(module, "HeapQuery")
        .def(py::init<DWORD, HeapMethod, bool, bool>(), "pid"_a, "method"_a, "blocks"_a, "clone"_a,
             ReleaseGil())
        .def("wait", &HeapQuery::wait, "milliseconds"_a, ReleaseGil())
        .def("abandon", &HeapQuery::abandon, ReleaseGil())
        .def_property_readonly("heaps",
                               [](const HeapQuery& query) { return frozen(query.heaps()); })
        .def_property_readonly("entries", [](const HeapQuery& query) { return query.entries(); })
        .def_property_readonly("corrupt", &HeapQuery::corrupt);
}

void bind_global_memory(py::module_& module) {
    py::class_<GlobalMemory>(module, "GlobalMemory",
                             py::custom_type_setup(&lend_bytes<GlobalMemory>))
        .def(py::init<std::size_t, bool, bool, bool>(), "size"_a, "movable"_a, "zero"_a, "local"_a,
             ReleaseGil())
        .def(py::init<std::uintptr_t, bool>(), "handle"_a, "local"_a, ReleaseGil())
        .def_property_readonly("handle", &GlobalMemory::handle, docs::GlobalMemory::handle)
        .def_property_readonly("size", &GlobalMemory::size, docs::GlobalMemory::size)
        .def_property_readonly("local", &GlobalMemory::local, docs::GlobalMemory::local)
        .def_property_readonly("closed", &GlobalMemory::closed, docs::GlobalMemory::closed)
        .def("close", &GlobalMemory::close, ReleaseGil())
        .def_property_readonly("locks", &GlobalMemory::locks, docs::GlobalMemory::locks)
        .def("_resize", &GlobalMemory::resize, "size"_a, "zero"_a, ReleaseGil())
        .def("detach", &GlobalMemory::detach, ReleaseGil());
    module.def("handle_of_global_memory", &handle_of_global_memory, "address"_a, "local"_a,
               ReleaseGil());
}

}  // namespace

// A leading underscore marks what ntpages.heaps builds on; the rest it inherits as it is.
void bind_heaps(py::module_& module) {
    bind_enums(module);
    HeapClass heap(module, "Heap", py::release_gil_before_calling_cpp_dtor());
    PoolClass pool(module, "Pool");
    bind_blocks(module, heap, pool);
    bind_heap(heap);
    py::class_<Heap::Hold> hold(module, "HeapHold", py::release_gil_before_calling_cpp_dtor());
    bind_scope(hold.def(py::init<Heap&>(), "heap"_a));
    bind_pool(pool);
    bind_sums(module);
    bind_remote(module);
    bind_global_memory(module);
    module.def("heap_addresses", &Heap::handles, ReleaseGil());
    module.def("optimize_all_heaps", &optimize_all_heaps, ReleaseGil());
    module.def("process_heap", &Heap::process_heap);
    module.def("terminate_on_heap_corruption", &terminate_on_heap_corruption, ReleaseGil());
}

}  // namespace ntpages
