// partitions/binding: how memory partitions reach Python.
#include "docstrings/partitions.hpp"
#include "native/bind.hpp"
#include "native/partitions/partition.hpp"
#include "native/record.hpp"

namespace ntpages {

// A leading underscore marks what ntpages.partitions builds on; the rest it inherits as it is.
void bind_partitions(py::module_& module) {
    bind_record<PartitionMemory>(
        module, "PartitionMemory", docs::PartitionMemory::self,
        field(docs::PartitionMemory::id, &PartitionMemory::id),
        field(docs::PartitionMemory::node, &PartitionMemory::node),
        field(docs::PartitionMemory::nodes, &PartitionMemory::nodes),
        field(docs::PartitionMemory::total, &PartitionMemory::total),
        field(docs::PartitionMemory::available, &PartitionMemory::available),
        field(docs::PartitionMemory::resident_available, &PartitionMemory::resident_available),
        field(docs::PartitionMemory::committed, &PartitionMemory::committed),
        field(docs::PartitionMemory::commit_limit, &PartitionMemory::commit_limit),
        field(docs::PartitionMemory::commit_peak, &PartitionMemory::commit_peak),
        field(docs::PartitionMemory::commit_limit_maximum, &PartitionMemory::commit_limit_maximum),
        field(docs::PartitionMemory::zero, &PartitionMemory::zero),
        field(docs::PartitionMemory::free, &PartitionMemory::free),
        field(docs::PartitionMemory::standby_total, &PartitionMemory::standby_total),
        field(docs::PartitionMemory::standby, &PartitionMemory::standby),
        field(docs::PartitionMemory::repurposed, &PartitionMemory::repurposed));
    py::class_<Partition>(module, "Partition")
        .def(py::init(&Partition::create), "name"_a, "node"_a, ReleaseGil())
        .def(py::init(&Partition::open), "name"_a, py::kw_only(), "modify"_a, ReleaseGil())
        .def("close", &Partition::close, ReleaseGil(), docs::Partition::close)
        .def_property_readonly("closed", &Partition::closed, docs::Partition::closed)
        .def_property_readonly("handle", &Partition::handle, docs::Partition::handle)
        .def("memory", &Partition::memory, ReleaseGil(), docs::Partition::memory)
        .def("_take", &Partition::take, "pages"_a, "node"_a, ReleaseGil());
    module.def("system_memory", &system_partition_memory, ReleaseGil());
    module.def("current_memory", &current_partition_memory, ReleaseGil());
}

}  // namespace ntpages
