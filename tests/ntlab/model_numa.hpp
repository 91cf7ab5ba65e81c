// model_numa: the nodes of the modelled machine, for models that take memory from one.
#pragma once

#include <windows.h>

namespace ntlab {

bool node_exists(ULONG node) noexcept;  // node 0 alone while the model is not active

}  // namespace ntlab
