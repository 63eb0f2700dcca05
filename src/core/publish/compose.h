#pragma once

#include <string>

#include "core/message/source.h"
#include "core/publish/confirm_window.h"
#include "core/publish/publish_plan.h"

namespace mscomm {

/// Makes a message from a source's output and the plan; `entry.number` must be set. A record is
/// sent as it is, except where the plan sets something by name. Other messages are persistent
/// unless the plan says otherwise, and get a message id: `id_prefix` and the number. Moves what it
/// needs out of `outgoing`.
void compose(ConfirmWindow::Entry& entry, Outgoing& outgoing, const PublishPlan& plan,
             const std::string& id_prefix);

/// Unique for each run: a counter appended to it makes unique message ids at no cost.
std::string random_id_prefix();

}  // namespace mscomm
