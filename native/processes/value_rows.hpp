// processes/value_rows: what looks have left, as a table.
#pragma once

#include <cstddef>
#include <vector>

#include "native/processes/compare.hpp"
#include "native/processes/kept.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// The lowest of what is left, with the address and the value of each as it was read last. Parts are
// in the order of Kept::order().
Table number_rows(Number kind, const std::vector<Kept>& parts, std::size_t limit);
// Of bytes; where they are text, with the number of the encoding.
Table content_rows(bool with_encoding, const std::vector<Kept>& parts, std::size_t limit);

}  // namespace ntpages
