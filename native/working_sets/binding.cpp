// working_sets/binding: how working sets reach Python.
#include "docstrings/working_sets.hpp"
#include "native/bind.hpp"
#include "native/record.hpp"
#include "native/working_sets/limits.hpp"
#include "native/working_sets/pages.hpp"
#include "native/working_sets/priority.hpp"
#include "native/working_sets/resident.hpp"
#include "native/working_sets/trimming.hpp"

namespace ntpages {

void bind_working_sets(py::module_& module) {
    py::native_enum<MemoryPriority>(module, "MemoryPriority", "enum.IntEnum",
                                    docs::MemoryPriority::self)
        .value("LOWEST", MemoryPriority::lowest)
        .value("VERY_LOW", MemoryPriority::very_low)
        .value("LOW", MemoryPriority::low)
        .value("MEDIUM", MemoryPriority::medium)
        .value("BELOW_NORMAL", MemoryPriority::below_normal)
        .value("NORMAL", MemoryPriority::normal)
        .value("ABOVE_NORMAL", MemoryPriority::above_normal)
        .value("HIGH", MemoryPriority::high)
        .finalize();
    bind_record<Limits>(module, "Limits", docs::Limits::self,
                        field(docs::Limits::minimum, &Limits::minimum),
                        field(docs::Limits::maximum, &Limits::maximum),
                        field(docs::Limits::hard_minimum, &Limits::hard_minimum),
                        field(docs::Limits::hard_maximum, &Limits::hard_maximum));
    module.def("working_set_limits", &working_set_limits, "pid"_a, ReleaseGil());
    module.def("set_working_set_limits", &set_working_set_limits, "pid"_a, "minimum"_a, "maximum"_a,
               "hard_minimum"_a, "hard_maximum"_a, ReleaseGil());
    module.def("empty_working_set", &empty_working_set, "pid"_a, "since"_a = py::none(),
               ReleaseGil());
    module.def("empty_working_set_by_limits", &empty_working_set_by_limits, "pid"_a, ReleaseGil());
    bind_record<TrimmedRange>(module, "TrimmedRange", docs::TrimmedRange::self,
                              field(docs::TrimmedRange::before, &TrimmedRange::before),
                              field(docs::TrimmedRange::after, &TrimmedRange::after),
                              field(docs::TrimmedRange::locked, &TrimmedRange::locked));
    module.def("trim_range", &trim_range, "pid"_a, "start"_a, "end"_a, ReleaseGil());
    module.def("memory_priority", &memory_priority, "pid"_a, ReleaseGil());
    module.def("set_memory_priority", &set_memory_priority, "pid"_a, "priority"_a, ReleaseGil());
    module.def("thread_memory_priority", &thread_memory_priority, "thread"_a, ReleaseGil());
    module.def("set_thread_memory_priority", &set_thread_memory_priority, "thread"_a, "priority"_a,
               ReleaseGil());
    module.def("set_page_priority", &set_page_priority, "pid"_a, "start"_a, "end"_a, "priority"_a,
               ReleaseGil());
    bind_record<Resident>(module, "Resident", docs::Resident::self,
                          field(docs::Resident::total, &Resident::total),
                          field(docs::Resident::private_, &Resident::private_),
                          field(docs::Resident::shareable, &Resident::shareable),
                          field(docs::Resident::shared, &Resident::shared),
                          field(docs::Resident::uss, &Resident::uss),
                          field(docs::Resident::locked, &Resident::locked),
                          field(docs::Resident::large, &Resident::large));
    module.def("count_resident", &count_resident, "pid"_a, ReleaseGil());
    module.def("working_set_pages", &working_set_pages, "pid"_a, "start"_a, "end"_a, "valid_only"_a,
               ReleaseGil());
}

}  // namespace ntpages
