#pragma once

#include <memory>

#include "core/message/source.h"

namespace mscomm {

class ResumeFile;

/// The messages of `source` that an earlier run has not got confirmed, with their numbers. Nothing
/// is given out before as much was read as the earlier run read, and is the same: else next()
/// throws Error{usage}. Where so many of these messages are to be sent again that they do not fit
/// memory, that is known only after some of them. `out` must be the same at each call.
std::unique_ptr<MessageSource> resumed(std::unique_ptr<MessageSource> source, ResumeFile& file);

}  // namespace mscomm
