// limit: the table of contents of ntpages.bench._limit.
#include "bench/limit.hpp"

PYBIND11_MODULE(_limit, module) {
    using namespace ntpages::limit;
    bind_awe(module);
    bind_numa(module);
    bind_regions(module);
    bind_regions_walk(module);
    bind_sparse(module);
    bind_system(module);
    bind_processes(module);
    bind_working_sets(module);
    bind_heaps(module);
}
