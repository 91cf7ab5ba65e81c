// regions/binding: how regions and placeholders reach Python.
#include "docstrings/regions/placeholder.hpp"
#include "docstrings/regions/region.hpp"
#include "docstrings/regions/request.hpp"
#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/method.hpp"
#include "native/regions/nt.hpp"
#include "native/regions/placeholder.hpp"
#include "native/regions/prefetch.hpp"
#include "native/regions/region.hpp"
#include "native/regions/scopes.hpp"
#include "native/regions/walk.hpp"

#include <list>
#include <stdexcept>
#include <tuple>

namespace ntpages {
namespace {

// Some bytes of a region, lent on their own: the rest need not be committed.
class RegionPart : public Exposed {
public:
    RegionPart(Region& region, std::size_t offset, std::size_t size)
        : region_(region), bytes_{offset, size} {}

    Lent lend(bool) { return region_.lend(bytes_); }
    void give_back() noexcept { region_.give_back(); }

private:
    Region& region_;
    const Range bytes_;
};

py::tuple pair(Range range) {
    return py::make_tuple(range.offset, range.size);
}

// Unlocking is done, so this is no error; but the process is not as it was, and nobody would know.
void warn_of_limits(Region& region) {
    const auto raised = region.take_still_raised();
    if (!raised) return;
    const auto text = system_text(raised->code, 0);
    if (PyErr_WarnFormat(PyExc_RuntimeWarning, 1,
                         "the pages are unlocked, but the limits of the working set stay raised by "
                         "%zu bytes until the next unlocking: %s failed with error %lu: %s",
                         raised->bytes, raised->call, raised->code, text.c_str()) != 0) {
        throw py::error_already_set();
    }
}

// A method that takes offset and size, and answers which bytes it affected.
template <typename Result, typename... Rest>
auto ranged(Result (Region::*method)(Range, Rest...)) {
    return [method](Region& region, std::size_t offset, std::size_t size, Rest... rest) {
        const auto call = [&] {
            const py::gil_scoped_release released;
            return (region.*method)({offset, size}, rest...);
        };
        if constexpr (std::is_void_v<Result>) {
            call();
        } else {
            const auto result = call();
            warn_of_limits(region);
            if constexpr (std::is_same_v<Result, Range>) {
                return pair(result);
            } else {
                return result;
            }
        }
    };
}

py::tuple protected_as(const ProtectedRange& changed) {
    return py::make_tuple(changed.range.offset, changed.range.size, changed.old);
}

py::tuple protect(Region& region, std::size_t offset, std::size_t size, DWORD protection) {
    const auto changed = [&] {
        const py::gil_scoped_release released;
        return region.protect({offset, size}, protection);
    }();
    warn_of_limits(region);
    return protected_as(changed);
}

// Scopes: what entering answers, as Python has it; and the warnings of both ends.
py::tuple answer_of(const ProtectedRange& changed) {
    return protected_as(changed);
}
py::tuple answer_of(const std::vector<Range>& ranges) {
    py::list pairs;
    for (const auto& range : ranges) pairs.append(pair(range));
    return py::tuple(pairs);
}

template <typename Scope>
py::tuple enter(Scope& scope) {
    const auto answer = [&] {
        const py::gil_scoped_release released;
        return scope.enter();
    }();
    warn_of_limits(scope.region());
    return answer_of(answer);
}

template <typename Scope>
void leave(Scope& scope, const py::args&) {
    {
        const py::gil_scoped_release released;
        scope.leave();
    }
    warn_of_limits(scope.region());
}

template <typename Scope, typename... Given>
void bind_scope_of_pages(py::module_& module, const char* name) {
    py::class_<Scope>(module, name, py::custom_type_setup(&show_kept),
                      py::release_gil_before_calling_cpp_dtor())
        .def(py::init<Region&, Given...>(), py::keep_alive<1, 2>())
        .def("__enter__", &enter<Scope>)
        .def("__exit__", &leave<Scope>);
}

PyObject* close(PyObject* self, PyObject*) {
    return answer([&] {
        auto& region = self_as<Region>(self);
        {
            const py::gil_scoped_release released;
            region.close();
        }
        warn_of_limits(region);
        return Py_NewRef(Py_None);
    });
}

std::unique_ptr<Placeholder> place_of(Region& region) {
    auto place = [&] {
        const py::gil_scoped_release released;
        return std::make_unique<Placeholder>(region);
    }();
    warn_of_limits(region);
    return place;
}

void prefetch_parts(const Region& region,
                    const std::vector<std::pair<std::size_t, std::size_t>>& given) {
    std::vector<Range> ranges;
    for (const auto& [offset, size] : given) ranges.push_back({offset, size});
    region.prefetch(ranges);
}

// What lends its memory keeps it where it is meanwhile.
void prefetch_buffers(const std::vector<py::object>& buffers) {
    std::list<Borrowed> borrowed;
    std::vector<Range> ranges;
    for (const auto& buffer : buffers) {
        const auto bytes = borrowed.emplace_back(buffer).bytes();
        if (bytes.empty()) continue;
        ranges.push_back({reinterpret_cast<std::uintptr_t>(bytes.data()), bytes.size()});
    }
    if (ranges.empty()) return;
    const py::gil_scoped_release released;
    prefetch_here(ranges);
}

// A region that nobody closed is freed with the last reference. Where there is much of it, other
// threads of Python go on meanwhile; for little, handing the lock to and fro would take longer.
struct FreeRegion {
    void operator()(Region* region) const noexcept {
        constexpr std::size_t much = 1 << 20;
        std::optional<py::gil_scoped_release> released;
        if (region->size() >= much && !region->closed()) released.emplace();
        delete region;
    }
};
using OwnedRegion = std::unique_ptr<Region, FreeRegion>;

// The ordinary region, at little more than the price of the two calls it stands for: what pybind11
// does for a constructor of its own, without looking for one that fits. False where the size is
// none that can be, or no plain int: that is for who explains it.
PyObject* make_ordinary(PyObject* self, PyObject* size) {
    return answer([&]() -> PyObject* {
        constexpr long long most = 1LL << 47;  // ADDRESS_SPACE of ntpages.arguments
        auto overflow = 0;
        if (!PyLong_CheckExact(size)) return Py_NewRef(Py_False);
        Request request;
        const auto bytes = PyLong_AsLongLongAndOverflow(size, &overflow);
        if (overflow != 0 || bytes < 1 || bytes > most) return Py_NewRef(Py_False);
        request.size = static_cast<std::size_t>(bytes);
        auto region = [&] {
            const py::gil_scoped_release released;
            return OwnedRegion(new Region(allocate(request)));
        }();
        static const auto* const type = py::detail::get_type_info(typeid(Region));
        py::detail::value_and_holder place(reinterpret_cast<py::detail::instance*>(self), type, 0,
                                           0);
        if (!place.instance_registered()) {  // else it was made before, and stays
            place.value_ptr() = region.get();
            type->init_instance(place.inst, &region);
        }
        return Py_NewRef(Py_True);
    });
}

OwnedRegion make_of(Allocation& allocation) {
    return OwnedRegion(new Region(taken(allocation)));
}

Allocation allocate_as_wished(const Wishes& wishes) {
    return allocate(request_of(wishes));
}

Allocation replace(Placeholder& placeholder, DWORD type, DWORD protection, DWORD node) {
    Request request;
    request.type = type;
    request.protection = protection;
    request.node = node;
    return placeholder.replace(request);
}

std::unique_ptr<Placeholder> reserve_place(Allocation& allocation) {
    return std::make_unique<Placeholder>(taken(allocation));
}

// Windows' own flags, as IntFlag classes: pybind11 wants an enum of ours for each.
enum class Protection : std::uint32_t {};
enum class AllocationType : std::uint32_t {};
enum class Attribute : std::uint32_t {};
enum class OfferPriority : std::uint32_t {};

void bind_flags(py::module_& module) {
    py::native_enum<Protection>(module, "Protection", "enum.IntFlag", docs::Protection::self)
        .value("NOACCESS", Protection{PAGE_NOACCESS})
        .value("READONLY", Protection{PAGE_READONLY})
        .value("READWRITE", Protection{PAGE_READWRITE})
        .value("WRITECOPY", Protection{PAGE_WRITECOPY})
        .value("EXECUTE", Protection{PAGE_EXECUTE})
        .value("EXECUTE_READ", Protection{PAGE_EXECUTE_READ})
        .value("EXECUTE_READWRITE", Protection{PAGE_EXECUTE_READWRITE})
        .value("EXECUTE_WRITECOPY", Protection{PAGE_EXECUTE_WRITECOPY})
        .value("GUARD", Protection{PAGE_GUARD})
        .value("NOCACHE", Protection{PAGE_NOCACHE})
        .value("WRITECOMBINE", Protection{PAGE_WRITECOMBINE})
        .value("TARGETS_INVALID", Protection{nt::page_targets_invalid})
        .value("TARGETS_NO_UPDATE", Protection{nt::page_targets_no_update})
        .finalize();
    py::native_enum<AllocationType>(module, "AllocationType", "enum.IntFlag")
        .value("COMMIT", AllocationType{MEM_COMMIT})
        .value("RESERVE", AllocationType{MEM_RESERVE})
        .value("RESERVE_PLACEHOLDER", AllocationType{nt::mem_reserve_placeholder})
        .value("TOP_DOWN", AllocationType{MEM_TOP_DOWN})
        .value("WRITE_WATCH", AllocationType{MEM_WRITE_WATCH})
        .value("PHYSICAL", AllocationType{MEM_PHYSICAL})
        .value("LARGE_PAGES", AllocationType{MEM_LARGE_PAGES})
        .finalize();
    py::native_enum<Attribute>(module, "Attribute", "enum.IntFlag", docs::Attribute::self)
        .value("NONE", Attribute{})
        .value("NONPAGED", Attribute{nt::attribute_nonpaged})
        .value("ZERO_PAGES_OPTIONAL", Attribute{nt::attribute_zero_pages_optional})
        .value("NONPAGED_LARGE", Attribute{nt::attribute_nonpaged_large})
        .value("NONPAGED_HUGE", Attribute{nt::attribute_nonpaged_huge})
        .value("SOFT_FAULT_PAGES", Attribute{nt::attribute_soft_fault_pages})
        .value("EC_CODE", Attribute{nt::attribute_ec_code})
        .finalize();
    py::native_enum<OfferPriority>(module, "OfferPriority", "enum.IntEnum",
                                   docs::OfferPriority::self)
        .value("VERY_LOW", OfferPriority{1})
        .value("LOW", OfferPriority{2})
        .value("BELOW_NORMAL", OfferPriority{3})
        .value("NORMAL", OfferPriority{4})
        .finalize();
}

constexpr Described about_close("close($self, /)", docs::Region::close);

PyMethodDef close_method = {"close", close, METH_NOARGS, about_close.text.data()};
PyMethodDef make_method = {"_make_ordinary", make_ordinary, METH_O, nullptr};

void bind_region(py::class_<Region, OwnedRegion>& region) {
    add_method(region, make_method);
    add_method(region, close_method);
    region.def(py::init(&make_of), "allocation"_a)
        .def_property_readonly("closed", &Region::closed, docs::Region::closed)
        .def_property_readonly(
            "address",
            [](const Region& self) { return reinterpret_cast<std::uintptr_t>(self.base()); },
            docs::Region::address)
        .def_property_readonly("size", &Region::size, docs::Region::size)
        .def_property_readonly("write_watch", &Region::write_watched, docs::Region::write_watch)
        .def_property_readonly("page_size", py::cpp_function(&Region::page, ReleaseGil()),
                               docs::Region::page_size)
        .def_property_readonly("committed", py::cpp_function(&Region::committed, ReleaseGil()),
                               docs::Region::committed)
        .def(
            "_spans",
            [](const Region& self, std::size_t offset, std::size_t size) {
                return self.spans({offset, size});
            },
            "offset"_a, "size"_a, ReleaseGil())
        .def("_commit", ranged(&Region::commit), "offset"_a, "size"_a, "protection"_a)
        .def("_decommit", ranged(&Region::decommit), "offset"_a, "size"_a)
        .def("_protect", &protect, "offset"_a, "size"_a, "protection"_a)
        .def("_lock", ranged(&Region::lock), "offset"_a, "size"_a, "raise_limit"_a)
        .def("_unlock", ranged(&Region::unlock), "offset"_a, "size"_a)
        .def("_prefetch", &prefetch_parts, "ranges"_a, ReleaseGil())
        .def("_offer", ranged(&Region::offer), "offset"_a, "size"_a, "priority"_a)
        .def("_reclaim", ranged(&Region::reclaim), "offset"_a, "size"_a)
        .def("_discard", ranged(&Region::discard), "offset"_a, "size"_a)
        .def("_reset", ranged(&Region::reset), "offset"_a, "size"_a)
        .def("_undo_reset", ranged(&Region::undo_reset), "offset"_a, "size"_a);
}

void bind_placeholder(py::class_<Placeholder>& placeholder) {
    placeholder.def(py::init(&reserve_place), "allocation"_a)
        .def(py::init(&place_of), "region"_a)
        .def(py::init<Placeholder&, std::size_t>(), "whole"_a, "offset"_a, ReleaseGil())
        .def("close", &Placeholder::close, ReleaseGil())
        .def_property_readonly("closed", &Placeholder::closed, docs::Placeholder::closed)
        .def_property_readonly(
            "address",
            [](const Placeholder& self) { return reinterpret_cast<std::uintptr_t>(self.base()); },
            docs::Placeholder::address)
        .def_property_readonly("size", &Placeholder::size, docs::Placeholder::size)
        .def("_merge", &Placeholder::merge, "following"_a, ReleaseGil());
}

}  // namespace

// A leading underscore marks what ntpages.regions builds on; the rest it inherits as it is.
void bind_regions(py::module_& module) {
    bind_flags(module);
    py::class_<Allocation>(module, "Allocation");
    py::class_<Region, OwnedRegion> region(module, "Region",
                                           py::custom_type_setup(&lend_bytes<Region>));
    py::class_<Placeholder> placeholder(module, "Placeholder");
    bind_region(region);
    bind_placeholder(placeholder);
    py::class_<RegionPart>(module, "RegionPart", py::custom_type_setup(&lend_part_of<RegionPart>))
        .def(py::init<Region&, std::size_t, std::size_t>(), "region"_a, "offset"_a, "size"_a,
             py::keep_alive<1, 2>());

    bind_scope_of_pages<ProtectedPages, std::size_t, std::size_t, DWORD>(module, "ProtectedPages");
    bind_scope_of_pages<LockedPages, std::size_t, std::size_t>(module, "LockedPages");

    module.attr("ANY_NODE") = Request::any_node;
    module.def("allocate", &allocate_as_wished, "wishes"_a, ReleaseGil());
    module.def("replace", &replace, "placeholder"_a, "kind"_a, "protection"_a, "node"_a,
               ReleaseGil());
    module.def("prefetch", &prefetch_buffers, "buffers"_a);
    module.def("walk_regions", &walk_regions, "pid"_a, py::kw_only(), "names"_a, "uses"_a,
               "resident"_a, ReleaseGil());
}

}  // namespace ntpages
