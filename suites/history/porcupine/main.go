// A second opinion on histories of a register: reads each from a line of stdin, and says on a line of stdout whether
// Porcupine finds an order that explains its answers.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/anishathalye/porcupine"
)

// call is one call: what was asked, when, and what was answered when. Without an end no answer came.
type call struct {
	Ask    string `json:"ask"`
	Value  int    `json:"value"`
	Before int    `json:"before"`
	Sent   int64  `json:"sent"`
	End    *int64 `json:"end"`
	Answer int    `json:"answer"`
}

// register holds 0 at first. A call without an answer takes effect at some time, perhaps after all others: whether it
// ever did makes no difference then.
var register = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, _ any) (bool, any) {
		held, asked := state.(int), input.(call)
		known := asked.End != nil
		switch asked.Ask {
		case "read":
			return !known || asked.Answer == held, held
		case "write":
			return true, asked.Value
		default:
			if held != asked.Before {
				return !known || asked.Answer == 0, held
			}
			return !known || asked.Answer == 1, asked.Value
		}
	},
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var calls []call
		if err := json.Unmarshal(lines.Bytes(), &calls); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var operations []porcupine.Operation
		for number, one := range calls {
			end := int64(math.MaxInt64)
			if one.End != nil {
				end = *one.End
			}
			operations = append(operations, porcupine.Operation{
				ClientId: number, Input: one, Call: one.Sent, Return: end,
			})
		}
		fmt.Fprintln(out, porcupine.CheckOperations(register, operations))
	}
}
