// processes/binding: how processes, their memory and scans of it reach Python.
#include "docstrings/processes/listing.hpp"
#include "docstrings/processes/process.hpp"
#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/processes/contents.hpp"
#include "native/processes/listing.hpp"
#include "native/processes/numbers.hpp"
#include "native/processes/passages.hpp"
#include "native/processes/paths.hpp"
#include "native/processes/process.hpp"
#include "native/processes/scan.hpp"
#include "native/processes/strings.hpp"
#include "native/processes/values.hpp"
#include "native/ranges.hpp"
#include "native/record.hpp"
#include "native/sparse/handler.hpp"

namespace ntpages {
namespace {

// New bytes, for the caller alone to fill before anyone else sees them.
std::pair<py::bytes, std::span<std::byte>> new_bytes(std::size_t size) {
    auto bytes = py::reinterpret_steal<py::bytes>(
        PyBytes_FromStringAndSize(nullptr, static_cast<py::ssize_t>(size)));
    if (!bytes) {  // Python's own error has no words
        PyErr_Format(PyExc_MemoryError, "there is no memory for %zu bytes", size);
        throw py::error_already_set();
    }
    const std::span into(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(bytes.ptr())), size);
    return {std::move(bytes), into};
}

py::bytes read(Process& process, std::uint64_t address, std::size_t size, bool partial) {
    auto [bytes, into] = new_bytes(size);
    const auto done = [&, into = into] {
        const py::gil_scoped_release released;
        return process.read(address, into, partial);
    }();
    if (done == size) return bytes;
    return py::bytes(PyBytes_AS_STRING(bytes.ptr()), done);
}

std::size_t read_into(Process& process, std::uint64_t address, const py::object& buffer,
                      bool partial) {
    const Borrowed into(buffer, PyBUF_WRITABLE);
    const py::gil_scoped_release released;
    const Pinned pinned(into.bytes());
    return process.read(address, into.bytes(), partial);
}

// The pieces, one behind the other, and the numbers of those that are missing.
py::tuple read_many(Process& process, const py::object& given, std::size_t size) {
    const Addresses addresses(given);
    auto [bytes, into] = new_bytes(product(addresses.get().size(), size));
    const auto missing = [&, into = into] {
        const py::gil_scoped_release released;
        return process.read_many(addresses.get(), size, into);
    }();
    return py::make_tuple(std::move(bytes), missing);
}

void write(Process& process, std::uint64_t address, const py::object& data, bool unprotect) {
    const Borrowed from(data);
    const py::gil_scoped_release released;
    const Pinned pinned(from.bytes());
    process.write(address, from.bytes(), unprotect);
}

std::uint64_t allocate(Process& process, const Wishes& wishes) {
    return process.allocate(request_of(wishes));
}

void prefetch(Process& process, const std::vector<std::pair<std::size_t, std::size_t>>& given) {
    std::vector<Range> ranges;
    for (const auto& [address, size] : given) ranges.push_back({address, size});
    process.prefetch(ranges);
}

void decommit(Process& process, std::uint64_t address, std::size_t size) {
    process.free(address, size, MEM_DECOMMIT);
}

void release(Process& process, std::uint64_t address) {
    process.free(address, 0, MEM_RELEASE);
}

// Patterns come as tuples of bytes, mask and alignment, whose bytes stay where Python has them.
using Needles = std::vector<std::tuple<std::string_view, std::string_view, std::size_t>>;

Pattern::Bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::unique_ptr<Scan> begin_scan(Process& process, const Needles& needles, std::uint64_t start,
                                 std::uint64_t end, bool writable, std::size_t limit,
                                 const py::object& within, std::size_t threads) {
    std::optional<Addresses> places;
    if (!within.is_none()) places.emplace(within);
    const py::gil_scoped_release released;
    std::vector<Pattern> patterns;
    for (const auto& [bytes, mask, alignment] : needles) {
        patterns.emplace_back(bytes_of(bytes), bytes_of(mask), alignment);
    }
    return std::make_unique<Scan>(process, std::move(patterns), start, end, writable, limit,
                                  places ? std::optional(places->get()) : std::nullopt, threads);
}

py::bytes saved_part(const Values& values, std::size_t part) {
    const auto saved = [&] {
        const py::gil_scoped_release released;
        return values.saved(part);
    }();
    return {reinterpret_cast<const char*>(saved.data()), saved.size()};
}

void load_part(Values& values, const py::bytes& saved) {
    const Borrowed bytes(saved);
    const py::gil_scoped_release released;
    values.load_part(bytes.bytes());
}

std::array<std::byte, 8> eight_of(std::string_view bytes) {
    std::array<std::byte, 8> eight{};
    if (bytes.size() > eight.size()) throw std::invalid_argument("a number has 8 bytes at most");
    std::memcpy(eight.data(), bytes.data(), bytes.size());
    return eight;
}

// `encodings` is how many there are, of text.
std::unique_ptr<Values> make_values(Process& process, std::string_view kind,
                                    std::uint32_t encodings, std::size_t alignment,
                                    std::uint64_t start, std::uint64_t end, bool writable,
                                    std::size_t threads) {
    Followed followed{{}, encodings};
    if (kind != "bytes" && kind != "text") followed.number = named<Number>(number_names, kind);
    return std::make_unique<Values>(process, followed, alignment, start, end, writable, threads);
}

void begin_numbers(Values& values, std::string_view kind, std::string_view how,
                   const std::vector<std::pair<std::string_view, std::string_view>>& ranges) {
    Test test{named<Comparison>(comparison_names, how)};
    for (const auto& [low, high] : ranges) test.ranges.push_back({eight_of(low), eight_of(high)});
    auto look = std::make_unique<NumberLook>(named<Number>(number_names, kind), std::move(test));
    const py::gil_scoped_release released;
    values.begin(std::move(look));
}

// What is sought comes as tuples of bytes, mask, alignment and the number of the encoding.
using Sought = std::tuple<std::string_view, std::string_view, std::size_t, std::uint32_t>;

void begin_contents(Values& values, std::string_view how, const std::vector<Sought>& given) {
    std::vector<ContentLook::Sought> sought;
    for (const auto& [bytes, mask, alignment, encoding] : given) {
        sought.push_back({bytes_of(bytes), bytes_of(mask), alignment, encoding});
    }
    const auto comparison = named<Comparison>(comparison_names, how);
    const py::gil_scoped_release released;
    values.begin(std::make_unique<ContentLook>(comparison, sought));
}

// Pointers come as a table of addresses, in ascending order, and of what is there.
using FoundPaths = std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>>;

FoundPaths find_pointer_paths(const Table& pointers,
                              const std::vector<std::pair<std::uint64_t, std::uint64_t>>& modules,
                              std::uint64_t address, std::size_t depth, std::uint64_t width,
                              std::size_t limit) {
    if (pointers.width() != 2 || pointers.field(0).kind != Kind::u64 ||
        pointers.field(1).kind != Kind::u64) {
        throw std::invalid_argument("pointers are a table of addresses and what is there");
    }
    std::vector<Fixed> fixed;
    for (const auto& [base, size] : modules) fixed.push_back({base, size});
    FoundPaths found;
    for (auto& path : find_paths({{pointers.cells<std::uint64_t>(0), pointers.size()},
                                  {pointers.cells<std::uint64_t>(1), pointers.size()}},
                                 fixed, address, {depth, width, limit})) {
        found.emplace_back(path.start, std::move(path.offsets));
    }
    return found;
}

void bind_process(py::module_& module) {
    py::class_<Process>(module, "Process")
        .def(py::init<DWORD>(), "pid"_a, ReleaseGil())
        .def_property_readonly("pid", &Process::pid, docs::Process::pid)
        .def_property_readonly("closed", &Process::closed, docs::Process::closed)
        .def("close", &Process::close, ReleaseGil(), docs::Process::close)
        .def("counters", &Process::counters, ReleaseGil(), docs::Process::counters)
        .def("_created", &Process::created, ReleaseGil())
        .def("_modules", &Process::modules, ReleaseGil())
        .def("_keep_id", &Process::keep_id, ReleaseGil())
        .def("_read", &read, "address"_a, "size"_a, "partial"_a)
        .def("_read_into", &read_into, "address"_a, "buffer"_a, "partial"_a)
        .def("_read_many", &read_many, "addresses"_a, "size"_a)
        .def("_write", &write, "address"_a, "data"_a, "unprotect"_a)
        .def("_allocate", &allocate, "wishes"_a, ReleaseGil())
        .def("_commit", &Process::commit, "address"_a, "size"_a, "protection"_a, ReleaseGil())
        .def("_decommit", &decommit, "address"_a, "size"_a, ReleaseGil())
        .def("_reset", &Process::reset, "address"_a, "size"_a, ReleaseGil())
        .def("_undo_reset", &Process::undo_reset, "address"_a, "size"_a, ReleaseGil())
        .def("_lock", &Process::lock, "address"_a, "size"_a, ReleaseGil())
        .def("_unlock", &Process::unlock, "address"_a, "size"_a, ReleaseGil())
        .def("_prefetch", &prefetch, "ranges"_a, ReleaseGil())
        .def("_free", &release, "address"_a, ReleaseGil())
        .def("_protect", &Process::protect, "address"_a, "size"_a, "protection"_a, ReleaseGil());
    py::class_<ProtectedMemory> scope(module, "ProtectedMemory", py::custom_type_setup(&show_kept),
                                      py::release_gil_before_calling_cpp_dtor());
    bind_scope(scope.def(py::init<Process&, std::uint64_t, std::size_t, DWORD>(), "process"_a,
                         "address"_a, "size"_a, "protection"_a, py::keep_alive<1, 2>()));
}

void bind_scan(py::module_& module) {
    py::class_<Scan>(module, "Scan", py::custom_type_setup(&show_kept))
        .def(py::init(&begin_scan), "process"_a, "needles"_a, "start"_a, "end"_a, "writable"_a,
             "limit"_a, "within"_a, "threads"_a, py::keep_alive<1, 2>(), py::keep_alive<1, 3>())
        .def("advance", &Scan::advance, "milliseconds"_a, ReleaseGil())
        .def_property_readonly("scanned", py::cpp_function(&Scan::scanned, ReleaseGil()))
        .def_property_readonly("cut_short", py::cpp_function(&Scan::cut_short, ReleaseGil()))
        .def("matches", &Scan::matches, ReleaseGil())
        .def("holes", &Scan::holes, ReleaseGil());
    py::class_<StringSearch>(module, "StringSearch", py::custom_type_setup(&show_kept))
        .def(py::init<Process&, std::uint64_t, std::uint64_t, std::size_t, std::size_t>(),
             "process"_a, "start"_a, "end"_a, "least"_a, "limit"_a, py::keep_alive<1, 2>())
        .def("advance", &StringSearch::advance, "milliseconds"_a, ReleaseGil())
        .def_property_readonly("scanned", py::cpp_function(&StringSearch::scanned, ReleaseGil()))
        .def_property_readonly("cut_short",
                               py::cpp_function(&StringSearch::cut_short, ReleaseGil()))
        .def("finish", &StringSearch::finish, ReleaseGil());
    py::class_<Passages>(module, "Passages", py::custom_type_setup(&lend_part_of<Passages>))
        .def(py::init<Process&, std::uint64_t, std::uint64_t, bool, std::size_t>(), "process"_a,
             "start"_a, "end"_a, "writable"_a, "longest"_a, py::keep_alive<1, 2>())
        .def("advance", &Passages::advance, ReleaseGil())
        .def_property_readonly("address", py::cpp_function(&Passages::address, ReleaseGil()))
        .def_property_readonly("starts", py::cpp_function(&Passages::starts, ReleaseGil()))
        .def_property_readonly("before", py::cpp_function(&Passages::before, ReleaseGil()))
        .def_property_readonly("scanned", py::cpp_function(&Passages::scanned, ReleaseGil()))
        .def("holes", &Passages::holes, ReleaseGil());
}

void bind_values(py::module_& module) {
    py::class_<Values>(module, "Values", py::custom_type_setup(&show_kept),
                       py::release_gil_before_calling_cpp_dtor())
        .def(py::init(&make_values), "process"_a, "kind"_a, "encodings"_a, "alignment"_a, "start"_a,
             "end"_a, "writable"_a, "threads"_a, py::keep_alive<1, 2>())
        .def("begin_numbers", &begin_numbers, "kind"_a, "how"_a, "ranges"_a)
        .def("begin_contents", &begin_contents, "how"_a, "sought"_a)
        .def("advance", &Values::advance, "milliseconds"_a, ReleaseGil())
        .def("finish", &Values::finish, ReleaseGil())
        .def("close", &Values::close, ReleaseGil())
        .def_property_readonly("closed", py::cpp_function(&Values::closed, ReleaseGil()))
        .def_property_readonly("scanned", py::cpp_function(&Values::scanned, ReleaseGil()))
        .def_property_readonly("count", py::cpp_function(&Values::count, ReleaseGil()))
        .def_property_readonly("kept", py::cpp_function(&Values::kept, ReleaseGil()))
        .def_property_readonly("parts", py::cpp_function(&Values::parts, ReleaseGil()))
        .def("saved", &saved_part, "part"_a)
        .def("load_part", &load_part, "saved"_a)
        .def("loaded", &Values::loaded, ReleaseGil())
        .def("matches", &Values::matches, "limit"_a, ReleaseGil())
        .def("holes", &Values::holes, ReleaseGil());
}

}  // namespace

// A leading underscore marks what ntpages.processes builds on; the rest it inherits as it is.
void bind_processes(py::module_& module) {
    module.def("list_processes", &list_processes, "full"_a, "limits"_a, "known_limits"_a,
               ReleaseGil());
    bind_record<Counters>(
        module, "Counters", docs::Counters::self,
        field(docs::Counters::working_set, &Counters::working_set),
        field(docs::Counters::peak_working_set, &Counters::peak_working_set),
        field(docs::Counters::private_working_set, &Counters::private_working_set),
        field(docs::Counters::private_, &Counters::private_bytes),
        field(docs::Counters::commit, &Counters::commit),
        field(docs::Counters::peak_commit, &Counters::peak_commit),
        field(docs::Counters::shared_commit, &Counters::shared_commit),
        field(docs::Counters::virtual_, &Counters::virtual_size),
        field(docs::Counters::peak_virtual, &Counters::peak_virtual_size),
        field(docs::Counters::paged_pool, &Counters::paged_pool),
        field(docs::Counters::peak_paged_pool, &Counters::peak_paged_pool),
        field(docs::Counters::nonpaged_pool, &Counters::nonpaged_pool),
        field(docs::Counters::peak_nonpaged_pool, &Counters::peak_nonpaged_pool),
        field(docs::Counters::faults, &Counters::faults));
    module.def("find_pointer_paths", &find_pointer_paths, "pointers"_a, "modules"_a, "address"_a,
               "depth"_a, "width"_a, "limit"_a, ReleaseGil());
    bind_process(module);
    bind_scan(module);
    bind_values(module);
}

}  // namespace ntpages
