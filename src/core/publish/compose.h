#pragma once

#include <string>

#include "core/message/source.h"
#include "core/publish/confirm_window.h"
#include "core/publish/publish_plan.h"

namespace mscomm {

/// Makes a message of what a source gives and what the plan wants; `entry.number` is set already.
/// A record is sent as it is but for what the plan asks for by name. Others are persistent unless
/// the plan says otherwise, and have a message id of their own: `id_prefix` and the number. Takes
/// out of `outgoing` what it needs.
void compose(ConfirmWindow::Entry& entry, Outgoing& outgoing, const PublishPlan& plan,
             const std::string& id_prefix);

/// Unique for each run: with a counter it makes ids that are unique for each message at no cost.
std::string random_id_prefix();

}  // namespace mscomm
