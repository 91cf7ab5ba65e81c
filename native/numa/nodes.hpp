// numa/nodes: which nodes there are, what they have, and whose memory a page is.
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

struct Node : Exposed {
    std::uint32_t number = 0;
    std::vector<std::uint32_t> processors;  // their numbers in the group
    std::uint32_t group = 0;
    std::optional<std::uint64_t> available;  // bytes; nothing where Windows does not say

    [[nodiscard]] std::uint64_t affinity() const;
};

std::vector<Node> query_numa_nodes();
// Nothing for a page that is not in the working set.
std::optional<std::uint32_t> numa_node_of(std::uintptr_t address);

}  // namespace ntpages
