// security: SDDL made into a descriptor. Source: sddl.h, Windows 2000.
#include "native/security.hpp"

#include <sddl.h>

#include "native/error.hpp"

namespace ntpages {

LocalMemory descriptor_of(const std::string& sddl) {
    if (sddl.empty()) return {};
    void* descriptor = nullptr;
    check(ConvertStringSecurityDescriptorToSecurityDescriptorW(utf16(sddl).c_str(), SDDL_REVISION_1,
                                                               &descriptor, nullptr),
          "ConvertStringSecurityDescriptorToSecurityDescriptorW");
    return LocalMemory(descriptor);
}

}  // namespace ntpages
