// Judges what @mesh/audit made, and makes what @mesh/audit judges, with Go's sumdb/note and sumdb/tlog: nothing of
// notes, proofs, roots and tiles is computed in this file. It reads a JSON array of cases from standard input and
// writes an array of as many results to standard output.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type testCase struct {
	Op      string
	Name    string
	Text    string
	Note    []byte
	Keys    []string
	Leaves  [][]byte
	Proof   []tlog.Hash
	Size    int64
	Root    tlog.Hash
	OldSize int64
	OldRoot tlog.Hash
	Index   int64
	Leaf    tlog.Hash
}

type result struct {
	Error string                 `json:"error,omitempty"`
	Text  string                 `json:"text,omitempty"`
	Note  string                 `json:"note,omitempty"`
	Key   string                 `json:"key,omitempty"`
	Size  int64                  `json:"size"`
	Root  *tlog.Hash             `json:"root,omitempty"`
	Roots []tlog.Hash            `json:"roots,omitempty"`
	Tiles map[string][]byte      `json:"tiles,omitempty"`
	Paths map[string][]tlog.Hash `json:"paths,omitempty"`
}

func main() {
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	results := make([]result, len(cases))
	for i, c := range cases {
		r, err := judge(c)
		if err != nil {
			r = result{Error: err.Error()}
		}
		results[i] = r
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(c testCase) (result, error) {
	switch c.Op {
	case "open":
		return open(c)
	case "sign":
		return sign(c)
	case "format":
		return result{Text: string(tlog.FormatTree(tlog.Tree{N: c.Size, Hash: c.Root}))}, nil
	case "parse":
		tree, err := tlog.ParseTree([]byte(c.Text))
		return result{Size: tree.N, Root: &tree.Hash}, err
	case "check-inclusion":
		return result{}, tlog.CheckRecord(c.Proof, c.Size, c.Root, c.Index, c.Leaf)
	case "check-consistency":
		return result{}, tlog.CheckTree(c.Proof, c.Size, c.Root, c.OldSize, c.OldRoot)
	case "proofs":
		return proofs(c)
	case "tiles":
		return tiles(c)
	}
	return result{}, errors.New("unknown op")
}

func open(c testCase) (result, error) {
	var verifiers []note.Verifier
	for _, key := range c.Keys {
		v, err := verifierOf(key)
		if err != nil {
			return result{}, err
		}
		verifiers = append(verifiers, v)
	}
	n, err := note.Open(c.Note, note.VerifierList(verifiers...))
	if err != nil {
		return result{}, err
	}
	if len(n.Sigs) != len(c.Keys) {
		return result{}, errors.New("not every key has signed")
	}
	return result{Text: n.Text}, nil
}

func sign(c testCase) (result, error) {
	secret, key, err := note.GenerateKey(rand.Reader, c.Name)
	if err != nil {
		return result{}, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return result{}, err
	}
	signed, err := note.Sign(&note.Note{Text: c.Text}, signer)
	return result{Note: string(signed), Key: key}, err
}

// Every inclusion proof ("record SIZE INDEX") and consistency proof ("tree SIZE OLDSIZE") of every size.
func proofs(c testCase) (result, error) {
	hashes, err := stored(c.Leaves)
	if err != nil {
		return result{}, err
	}
	r := result{Paths: map[string][]tlog.Hash{}}
	for size := int64(1); size <= int64(len(c.Leaves)); size++ {
		root, err := tlog.TreeHash(size, hashes)
		if err != nil {
			return r, err
		}
		r.Roots = append(r.Roots, root)
		for i := int64(0); i < size; i++ {
			record, err := tlog.ProveRecord(size, i, hashes)
			if err != nil {
				return r, err
			}
			r.Paths[fmt.Sprintf("record %d %d", size, i)] = record
			tree, err := tlog.ProveTree(size, i+1, hashes)
			if err != nil {
				return r, err
			}
			r.Paths[fmt.Sprintf("tree %d %d", size, i+1)] = tree
		}
	}
	return r, nil
}

// The tiles of height 8, under the paths of tlog-tiles, which leave the height out.
func tiles(c testCase) (result, error) {
	hashes, err := stored(c.Leaves)
	if err != nil {
		return result{}, err
	}
	r := result{Tiles: map[string][]byte{}}
	for _, tile := range tlog.NewTiles(8, 0, int64(len(c.Leaves))) {
		data, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return r, err
		}
		r.Tiles[strings.Replace(tile.Path(), "tile/8/", "tile/", 1)] = data
	}
	return r, nil
}

func stored(leaves [][]byte) (tlog.HashReader, error) {
	var all []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, all[i])
		}
		return out, nil
	})
	for i, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(i), leaf, read)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return read, nil
}

// sumdb/note knows plain Ed25519 keys only. A key of a cosigner is verified by Go's own Ed25519.
func verifierOf(key string) (note.Verifier, error) {
	parts := strings.SplitN(key, "+", 3)
	typed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 3 {
		return nil, errors.New("malformed key")
	}
	if typed[0] != 4 {
		return note.NewVerifier(key)
	}
	var hash uint32
	if _, err := fmt.Sscanf(parts[1], "%x", &hash); err != nil {
		return nil, err
	}
	return &cosigner{parts[0], hash, typed[1:]}, nil
}

type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}
