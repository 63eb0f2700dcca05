#include "core/amqp/broker_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mscomm {
namespace {

using testing::HasSubstr;

struct Row {
  int code;
  const char* text;  // as RabbitMQ 3.10 says it
  Exit reason;
  const char* message;
  const char* hint;
};

class BrokerErrorTable : public testing::TestWithParam<Row> {};

TEST_P(BrokerErrorTable, SaysWhatItMeansForTheUser) {
  const auto& row = GetParam();
  const auto error = broker_error(row.code, row.text);
  EXPECT_EQ(error.reason(), row.reason);
  EXPECT_STREQ(error.what(), row.message);
  EXPECT_THAT(error.hint(), HasSubstr(row.hint));
}

INSTANTIATE_TEST_SUITE_P(
    RabbitMQ, BrokerErrorTable,
    testing::Values(
        Row{404, "NOT_FOUND - no queue 'q' in vhost '/'", Exit::failed,
            "no queue 'q' in vhost '/' (404 NOT_FOUND)", "--declare creates"},
        Row{404, "NOT_FOUND - no exchange 'x' in vhost '/'", Exit::failed,
            "no exchange 'x' in vhost '/' (404 NOT_FOUND)", "--declare-exchange"},
        Row{403, "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'u'",
            Exit::denied,
            "access to queue 'q' in vhost '/' refused for user 'u' (403 ACCESS_REFUSED)",
            "list_permissions"},
        Row{403,
            "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details "
            "see the broker logfile.",
            Exit::denied,
            "Login was refused using authentication mechanism PLAIN. For details see the broker "
            "logfile. (403 ACCESS_REFUSED)",
            "password"},
        Row{530, "NOT_ALLOWED - vhost nope not found", Exit::failed,
            "vhost nope not found (530 NOT_ALLOWED)", "list_vhosts"},
        Row{530, "NOT_ALLOWED - vhost refused not found", Exit::failed,
            "vhost refused not found (530 NOT_ALLOWED)", "list_vhosts"},
        Row{530, "NOT_ALLOWED - access to vhost 'v' refused for user 'u'", Exit::denied,
            "access to vhost 'v' refused for user 'u' (530 NOT_ALLOWED)", "set_permissions"},
        Row{405, "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q'",
            Exit::failed,
            "cannot obtain exclusive access to locked queue 'q' (405 RESOURCE_LOCKED)",
            "exclusive"},
        Row{406, "PRECONDITION_FAILED - unknown exchange type 'x'", Exit::failed,
            "unknown exchange type 'x' (406 PRECONDITION_FAILED)", "direct, fanout"},
        Row{406,
            "PRECONDITION_FAILED - invalid arg 'x-queue-version' for queue 'q' in vhost '/': "
            "\"unsupported queue version '1'\"",
            Exit::failed,
            "invalid arg 'x-queue-version' for queue 'q' in vhost '/': \"unsupported queue version "
            "'1'\" (406 PRECONDITION_FAILED)",
            "leave x-queue-version away"},
        Row{530, "NOT_ALLOWED - reached maximum (4) of consumers per channel", Exit::failed,
            "reached maximum (4) of consumers per channel (530 NOT_ALLOWED)", "--prefetch 1"},
        Row{530,
            "NOT_ALLOWED - negotiated frame_max = 4096 is lower than the minimum allowed value "
            "(8192)",
            Exit::failed,
            "negotiated frame_max = 4096 is lower than the minimum allowed value (8192) (530 "
            "NOT_ALLOWED)",
            "make the frame_max in the URL larger"},
        Row{541, "INTERNAL_ERROR - Feature `queue_master_locator` is deprecated", Exit::failed,
            "Feature `queue_master_locator` is deprecated (541 INTERNAL_ERROR)",
            "x-queue-leader-locator"},
        Row{541, "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated", Exit::failed,
            "Feature `transient_nonexcl_queues` is deprecated (541 INTERNAL_ERROR)",
            "--declare=durable"},
        Row{406,
            "PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'q' in vhost '/' of "
            "queue "
            "type rabbit_quorum_queue",
            Exit::failed,
            "invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type "
            "rabbit_quorum_queue (406 PRECONDITION_FAILED)",
            "x-queue-type=classic"},
        Row{406, "PRECONDITION_FAILED - message size 9 larger than max size 8", Exit::failed,
            "message size 9 larger than max size 8 (406 PRECONDITION_FAILED)", "max_message_size"},
        Row{320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
            Exit::unreachable,
            "broker forced connection closure with reason 'shutdown' (320 CONNECTION_FORCED)",
            "shutting down"},
        Row{501, "FRAME_ERROR - x", Exit::failed, "x (501 FRAME_ERROR)", "broke the protocol"},
        Row{502, "SYNTAX_ERROR - x", Exit::failed, "x (502 SYNTAX_ERROR)", "broke the protocol"},
        Row{503, "COMMAND_INVALID - x", Exit::failed, "x (503 COMMAND_INVALID)",
            "broke the protocol"},
        Row{503, "COMMAND_INVALID - unknown exchange type 'nonsense'", Exit::failed,
            "unknown exchange type 'nonsense' (503 COMMAND_INVALID)", "plugin"},
        Row{504, "CHANNEL_ERROR - x", Exit::failed, "x (504 CHANNEL_ERROR)", "broke the protocol"},
        Row{505, "UNEXPECTED_FRAME - x", Exit::failed, "x (505 UNEXPECTED_FRAME)",
            "broke the protocol"},
        Row{541, "INTERNAL_ERROR", Exit::failed, "INTERNAL_ERROR (541)", ""},
        Row{999, "", Exit::failed, " (999)", ""}));

TEST(BrokerError, AQueuesNameIsNotMistakenForTheReason) {
  const auto error = broker_error(
      406, "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'resize' in vhost '/'");
  EXPECT_EQ(error.hint(), "");
}

TEST(QuotedAfter, GivesTheNameAfterTheLabel) {
  const std::string text = "NOT_FOUND - no exchange 'logs' in vhost '/'";
  EXPECT_EQ(quoted_after(text, "no exchange"), "logs");
  EXPECT_EQ(quoted_after(text, "in vhost"), "/");
  EXPECT_EQ(quoted_after(text, "no queue"), "");
  EXPECT_EQ(quoted_after("no exchange 'logs", "no exchange"), "");
  EXPECT_EQ(quoted_after("no exchange '", "no exchange"), "");
  EXPECT_EQ(quoted_after("no exchange ''", "no exchange"), "");
  EXPECT_EQ(quoted_after("", ""), "");
}

}  // namespace
}  // namespace mscomm
