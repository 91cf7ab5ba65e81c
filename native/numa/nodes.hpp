// numa/nodes: which nodes there are, what they have, and whose memory a page is.
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

// Processors of one group: Windows counts them in groups of at most 64.
struct GroupProcessors : Exposed {
    std::uint32_t group = 0;
    std::vector<std::uint32_t> processors;  // their numbers in the group

    [[nodiscard]] std::uint64_t affinity() const;  // a bit for each
};

struct Node : Exposed {
    std::uint32_t number = 0;
    std::vector<GroupProcessors> groups;     // none for a node of memory alone
    std::optional<std::uint64_t> available;  // bytes; nothing where Windows does not say

    // Of the first group: what Windows itself calls the node's.
    [[nodiscard]] GroupProcessors primary() const {
        return groups.empty() ? GroupProcessors{} : groups.front();
    }
    [[nodiscard]] std::size_t processor_count() const;
};

std::vector<Node> query_numa_nodes();
// Nothing for a page that is not in the working set.
std::optional<std::uint32_t> numa_node_of(std::uintptr_t address);

}  // namespace ntpages
