// security: who may do what with something that is made, from SDDL.
#pragma once

#include <string>

#include "native/handle.hpp"

namespace ntpages {

// Null for an empty text: what Windows gives to what nobody says anything of.
LocalMemory descriptor_of(const std::string& sddl);

}  // namespace ntpages
